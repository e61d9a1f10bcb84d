// SPDX-License-Identifier: Apache-2.0

package xdp_test

import (
	"errors"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

func TestAdjust(t *testing.T) {
	var head, tail int
	var fail bool
	adjust := func(ctx *xdp.Context) xdp.Action {
		before, old := ctx.Data(), string(ctx.Data())
		err := errors.Join(ctx.AdjustHead(head), ctx.AdjustTail(tail))
		if fail != errors.Is(err, rex.ErrInvalid) {
			t.Errorf("by %d and %d: %v", head, tail, err)
		}
		if string(before) != old {
			t.Errorf("by %d and %d: an older slice shows % x", head, tail, before)
		}
		return xdp.Pass
	}
	for _, c := range []struct {
		head, tail int
		want       string // of a packet of 16 bytes
		fail       bool
	}{
		{0, 0, "0123456789abcdef", false},
		{2, 0, "23456789abcdef", false},
		{0, -2, "0123456789abcd", false},
		{1, 3, "123456789abcdef\x00\x00\x00", false},
		{-2, -2, "\x00\x000123456789abcd", false},
		{3, 0, "0123456789abcdef", true},
		{0, -3, "0123456789abcdef", true},
		{-217, 0, "0123456789abcdef", true},
		{0, 3505, "0123456789abcdef", true},
		{-1 << 63, -1 << 63, "0123456789abcdef", true},
		{1<<63 - 1, 1<<63 - 1, "0123456789abcdef", true},
	} {
		head, tail, fail = c.head, c.tail, c.fail
		if _, out := rextest.RunXDP(t, adjust, []byte("0123456789abcdef")); string(out) != c.want {
			t.Errorf("by %d and %d: % x", head, tail, out)
		}
	}
	head, tail, fail = -216, 3504, false
	if _, out := rextest.RunXDP(t, adjust, make([]byte, 16)); len(out) != 216+16+3504 {
		t.Errorf("grew to %d bytes", len(out))
	}
}
