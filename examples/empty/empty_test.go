// SPDX-License-Identifier: Apache-2.0

package empty

import (
	"testing"

	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

func TestPass(t *testing.T) {
	if action, _ := rextest.RunXDP(t, Pass, make([]byte, 64)); action != xdp.Pass {
		t.Errorf("verdict %v", action)
	}
}
