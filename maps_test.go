// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
)

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v (expected %v)", what, got, want)
	}
}

// hasher is what Hash and PerCPUHash have in common.
type hasher interface {
	Lookup(uint32) *uint64
	Update(uint32, uint64) error
	Insert(uint32, uint64) error
	Replace(uint32, uint64) error
	Delete(uint32) error
}

func TestHash(t *testing.T) {
	for _, m := range []hasher{rex.NewHash[uint32, uint64](2), rex.NewPerCPUHash[uint32, uint64](2)} {
		t.Run(strings.TrimPrefix(fmt.Sprintf("%T", m), "*rex."), func(t *testing.T) {
			if m.Lookup(1) != nil {
				t.Error("lookup in an empty map found something")
			}
			wantErr(t, "replace absent", m.Replace(1, 10), rex.ErrNotExist)
			wantErr(t, "delete absent", m.Delete(1), rex.ErrNotExist)
			wantErr(t, "insert", m.Insert(1, 10), nil)
			wantErr(t, "insert present", m.Insert(1, 11), rex.ErrExist)
			wantErr(t, "replace present", m.Replace(1, 12), nil)
			wantErr(t, "update absent", m.Update(2, 20), nil)
			// Full. The flags are looked at before the capacity.
			wantErr(t, "insert into full", m.Insert(3, 30), rex.ErrTooBig)
			wantErr(t, "update of full", m.Update(3, 30), rex.ErrTooBig)
			wantErr(t, "insert present into full", m.Insert(1, 30), rex.ErrExist)
			wantErr(t, "replace absent in full", m.Replace(3, 30), rex.ErrNotExist)
			wantErr(t, "update present in full", m.Update(2, 21), nil)
			if p := m.Lookup(1); p == nil || *p != 12 {
				t.Errorf("lookup 1: %v (expected 12)", p)
			}
			*m.Lookup(2)++
			if p := m.Lookup(2); *p != 22 {
				t.Errorf("after writing through a pointer: %d (expected 22)", *p)
			}
			wantErr(t, "delete", m.Delete(2), nil)
			if m.Lookup(2) != nil {
				t.Error("lookup found a deleted key")
			}
			wantErr(t, "insert after delete", m.Insert(3, 30), nil)
		})
	}
}

func TestHashPointerAfterUpdate(t *testing.T) {
	m := rex.NewHash[uint8, uint64](1)
	wantErr(t, "insert", m.Insert(1, 10), nil)
	old := m.Lookup(1)
	wantErr(t, "update", m.Update(1, 20), nil)
	*old = 99 // goes to the element that was taken out
	if p := m.Lookup(1); *p != 20 {
		t.Errorf("got %d (expected 20)", *p)
	}
}

func TestHashKeysAreBytes(t *testing.T) {
	type key struct {
		A uint8
		_ [3]uint8
		B uint32
	}
	m := rex.NewHash[key, uint32](4)
	wantErr(t, "insert", m.Insert(key{A: 1, B: 2}, 3), nil)
	if p := m.Lookup(key{A: 1, B: 2}); p == nil || *p != 3 {
		t.Errorf("lookup: %v (expected 3)", p)
	}
	if m.Lookup(key{A: 2, B: 1}) != nil {
		t.Error("lookup of another key found something")
	}
}

func TestPerCPUHash(t *testing.T) {
	m := rex.NewPerCPUHash[uint16, uint64](4)
	rextest.OnCPU(2, func() { wantErr(t, "insert", m.Insert(7, 5), nil) })
	rextest.OnCPU(1, func() {
		if p := m.Lookup(7); p == nil || *p != 0 {
			t.Errorf("cpu 1 sees %v (expected 0)", p)
		}
		wantErr(t, "insert on another cpu", m.Insert(7, 6), rex.ErrExist)
		p := m.Lookup(7)
		wantErr(t, "update", m.Update(7, 8), nil)
		if *p != 8 {
			t.Errorf("older pointer reads %d (expected 8: update is in place)", *p)
		}
	})
	if got := fmt.Sprint(rextest.Values(m, 7)); got != "[0 8 5 0]" {
		t.Errorf("values are %s", got)
	}
	wantErr(t, "delete", m.Delete(7), nil)
	if rextest.Values(m, 7) != nil {
		t.Error("deleted key has values")
	}
}

func TestArray(t *testing.T) {
	m := rex.NewArray[uint64](3)
	for i := range uint32(3) {
		if p := m.Lookup(i); p == nil || *p != 0 {
			t.Errorf("element %d is %v (expected 0)", i, p)
		}
	}
	for _, i := range []uint32{3, 4, 1 << 31, ^uint32(0)} {
		if m.Lookup(i) != nil {
			t.Errorf("lookup %d of 3 found something", i)
		}
		wantErr(t, "update out of range", m.Update(i, 1), rex.ErrTooBig)
	}
	p := m.Lookup(2)
	wantErr(t, "update", m.Update(2, 9), nil)
	if *p != 9 || m.Lookup(2) != p {
		t.Errorf("update moved the element (reads %d)", *p)
	}
}

func TestPerCPUArray(t *testing.T) {
	m := rex.NewPerCPUArray[[2]uint32](2)
	for cpu := range uint32(rextest.NumCPU) {
		rextest.OnCPU(cpu, func() {
			if got := rex.CPU(); got != cpu {
				t.Errorf("rex.CPU is %d (expected %d)", got, cpu)
			}
			wantErr(t, "update", m.Update(1, [2]uint32{cpu, 1}), nil)
			m.Lookup(1)[1] += cpu
		})
	}
	if got := fmt.Sprint(rextest.Values(m, 1)); got != "[[0 1] [1 2] [2 3] [3 4]]" {
		t.Errorf("values are %s", got)
	}
	if m.Lookup(2) != nil {
		t.Error("lookup out of range found something")
	}
	wantErr(t, "update out of range", m.Update(2, [2]uint32{}), rex.ErrTooBig)
}

func TestReset(t *testing.T) {
	h, a := rex.NewHash[uint8, uint8](1), rex.NewArray[uint8](1)
	wantErr(t, "insert", h.Insert(1, 1), nil)
	wantErr(t, "update", a.Update(0, 1), nil)
	rextest.Reset(t)
	if h.Lookup(1) != nil || *a.Lookup(0) != 0 {
		t.Error("maps kept values")
	}
	wantErr(t, "insert after reset", h.Insert(1, 1), nil)
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	h, p, a := rex.NewHash[uint32, uint64](8), rex.NewPerCPUHash[uint32, uint64](8), rex.NewArray[uint64](8)
	var wg sync.WaitGroup
	for g := range uint32(4) {
		wg.Go(func() {
			for i := range uint32(200) {
				k := (i + g) % 16
				h.Update(k, uint64(i))
				h.Lookup(k)
				h.Delete(k)
				p.Lookup(k)
				p.Update(k, 1)
				p.Delete(k)
				a.Update(k, uint64(i))
			}
		})
	}
	wg.Wait()
}

func TestMisuse(t *testing.T) {
	type padded struct {
		A uint8
		B uint32
	}
	type tail struct {
		A uint32
		B uint8
	}
	type deep struct{ A [2]struct{ S []byte } }
	for _, c := range []struct {
		name string
		f    func()
		want string
	}{
		{"no entries", func() { rex.NewHash[uint32, uint32](0) }, "maxEntries is 0"},
		{"negative", func() { rex.NewArray[uint32](-1) }, "maxEntries is -1"},
		{"string key", func() { rex.NewHash[string, uint32](1) }, "holds a reference: string"},
		{"slice value", func() { rex.NewArray[[]byte](1) }, "holds a reference: []uint8"},
		{"deep slice", func() { rex.NewPerCPUArray[deep](1) }, "holds a reference: field A field S []uint8"},
		{"pointer value", func() { rex.NewPerCPUHash[int, *int](1) }, "holds a reference: *int"},
		{"padded key", func() { rex.NewHash[padded, int](1) }, "padding before field B"},
		{"tail padding", func() { rex.NewHash[tail, int](1) }, "padding at the end"},
		{"float key", func() { rex.NewHash[[2]float64, int](1) }, "floating-point"},
		{"empty value", func() { rex.NewHash[int, struct{}](1) }, "has no size"},
		{"empty key", func() { rex.NewHash[struct{}, int](1) }, "has no size"},
		{"view of a reference", func() { rex.View[deep](make([]byte, 64)) }, "holds a reference"},
		{"view with alignment", func() { rex.View[padded](make([]byte, 64)) }, "not byte-aligned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, c.want) {
					t.Errorf("panic is %q (expected %q in it)", got, c.want)
				}
			}()
			c.f()
		})
	}
}

func TestNilMap(t *testing.T) {
	var h *rex.Hash[uint8, uint8]
	var a *rex.PerCPUArray[uint8]
	for _, f := range []func(){func() { h.Lookup(1) }, func() { h.Delete(1) }, func() { a.Lookup(0) }, func() { a.Update(0, 1) }} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "nil pointer dereference") {
					t.Errorf("panic is %q", got)
				}
			}()
			f()
		}()
	}
}
