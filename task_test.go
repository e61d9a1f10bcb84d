// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"reflect"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/abi"
)

// TestTaskInfo: rex.ko writes an abi.TaskInfo where the SDK has a rex.TaskInfo.
func TestTaskInfo(t *testing.T) {
	a, b := reflect.TypeFor[abi.TaskInfo](), reflect.TypeFor[rex.TaskInfo]()
	if a.NumField() != b.NumField() || a.Size() != b.Size() {
		t.Fatalf("%v and %v", a, b)
	}
	for i := range a.NumField() {
		if x, y := a.Field(i), b.Field(i); x.Name != y.Name || x.Offset != y.Offset || x.Type.Size() != y.Type.Size() {
			t.Errorf("%+v and %+v", x, y)
		}
	}
}
