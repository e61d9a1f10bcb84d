// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// message runs f and returns what it panicked with.
func message(f func()) (msg string) {
	defer func() {
		if v := recover(); v != nil {
			msg = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}

func TestLRUHashEvicts(t *testing.T) {
	m := rex.NewLRUHash[uint32, uint64](3)
	for k := range uint32(3) {
		wantErr(t, "insert", m.Insert(k, uint64(k)), nil)
	}
	m.Lookup(0) // now 1 is the oldest
	wantErr(t, "insert into a full map", m.Insert(3, 3), nil)
	var keys []uint32
	for k := range m.All() {
		keys = append(keys, k)
	}
	if slices.Sort(keys); !slices.Equal(keys, []uint32{0, 2, 3}) {
		t.Errorf("keys %v", keys)
	}
	wantErr(t, "delete", m.Delete(0), nil)
	wantErr(t, "insert", m.Insert(4, 4), nil)
	if m.Lookup(2) == nil {
		t.Error("an entry was evicted though there was room")
	}
}

func TestMapsRefuseTypes(t *testing.T) {
	for want, f := range map[string]func(){
		"padding": func() {
			rex.NewBloomFilter[struct {
				a uint8
				b uint32
			}](1)
		},
		"address uint32 is": func() { rex.NewLPMTrie[uint32, uint64](1) },
		"power of two":      func() { rex.NewRingBuf(5000) },
		"value string":      func() { rex.NewQueue[string](1) },
	} {
		if got := message(f); !strings.Contains(got, want) {
			t.Errorf("panic %q, want %q", got, want)
		}
	}
}

var (
	ring     = rex.NewRingBuf(4096)
	testLock rex.SpinLock
)

type event struct{ A, B uint32 }

// TestHeldIsReleased: what a program leaves behind is released at its end, also
// when it panics.
func TestHeldIsReleased(t *testing.T) {
	rextest.Reset(t)
	hold := func(ctx *xdp.Context) xdp.Action {
		testLock.Lock()
		r := rex.Reserve[event](ring)
		r.Value = event{1, 2}
		if len(ctx.Data()) > 14 {
			panic("on the way")
		}
		return xdp.Drop
	}
	rextest.RunXDP(t, hold, make([]byte, 14))
	if msg := rextest.PanicXDP(t, hold, make([]byte, 15)); msg != "on the way" {
		t.Errorf("panic %q", msg)
	}
	rextest.RunXDP(t, func(*xdp.Context) xdp.Action {
		rex.Locked(&testLock, func() {})
		r := rex.Reserve[event](ring)
		r.Value = event{3, 4}
		r.Submit()
		return xdp.Drop
	}, make([]byte, 14))
	if got := rextest.RecordsOf[event](t, ring); !slices.Equal(got, []event{{3, 4}}) {
		t.Errorf("records %v", got)
	}
	if got := rextest.Records(ring); got != nil {
		t.Errorf("records %v after all were read", got)
	}
}

func TestReserveRefusesPadding(t *testing.T) {
	if got := message(func() {
		rex.Reserve[struct {
			a uint8
			b uint32
		}](ring)
	}); !strings.Contains(got, "padding before field b") {
		t.Errorf("panic %q", got)
	}
}
