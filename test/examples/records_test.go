// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/maptest"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// TestVMRecords: a ring buffer's records come in order, those that were submitted
// before the end still after it, and what one loop leaves the next one finds.
func TestVMRecords(t *testing.T) {
	kit.Need(t)
	ext := kit.Load(t, "maptest", loader.Options{})
	number := slices.IndexFunc(maptest.Tests[:], func(x maptest.Test) bool { return x.Map == "ring" })
	write := func() { // records 1 and 2
		t.Helper()
		if res, err := ext.TestRun("Run", append([]byte{byte(number)}, make([]byte, 63)...)); err != nil || res.Verdict != 2 {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	read := func(each func(n int, stop func()) bool) (got []uint64) {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		for e, err := range loader.Records[maptest.Event](ctx, ext, "ring") {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, e.Number); !each(len(got), stop) {
				break
			}
		}
		return got
	}
	write()
	if got := read(func(n int, stop func()) bool {
		switch n {
		case 2:
			write()
		case 3:
			stop()
		}
		return true
	}); !slices.Equal(got, []uint64{1, 2, 1, 2}) {
		t.Errorf("records %v", got)
	}
	write()
	if got := read(func(int, func()) bool { return false }); !slices.Equal(got, []uint64{1}) {
		t.Errorf("records %v, want one", got)
	}
	if got := read(func(_ int, stop func()) bool { stop(); return true }); !slices.Equal(got, []uint64{2}) {
		t.Errorf("records %v, want the one that was left", got)
	}

	write()
	for _, err := range loader.Records[uint32](t.Context(), ext, "ring") {
		if err == nil || !strings.Contains(err.Error(), "record has 8 bytes, uint32 has 4") {
			t.Errorf("another type: %v", err)
		}
	}
	for _, err := range loader.Records[maptest.Event](t.Context(), ext, "rings") {
		if !errors.Is(err, loader.ErrNoMap) {
			t.Errorf("no such map: %v", err)
		}
	}
	for _, err := range loader.Records[maptest.Event](t.Context(), ext, "hash") {
		if err == nil || !strings.Contains(err.Error(), "read ring buffer hash: ") {
			t.Errorf("another kind of map: %v", err)
		}
	}
}
