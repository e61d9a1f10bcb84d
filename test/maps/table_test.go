// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"errors"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/maps/testdata/hold"
)

// openTable opens a map of package hold with its own types.
func openTable[K, V any](t *testing.T, ext *loader.Extension, name string) *loader.Table[K, V] {
	t.Helper()
	m, err := loader.OpenTable[K, V](ext, name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestVMTable: user space reads and writes values with the extension's own types,
// also those with a lock.
func TestVMTable(t *testing.T) {
	ext := load(t, "hold", loader.Options{})
	cells := openTable[uint32, hold.Cell](t, ext, "cells")
	table := openTable[uint32, uint64](t, ext, "table")
	if _, err := loader.OpenTable[uint32, hold.Totals](ext, "cells"); !errors.Is(err, loader.ErrMapType) {
		t.Errorf("another type: %v", err)
	}
	if _, err := loader.OpenTable[uint32, uint64](ext, "none"); !errors.Is(err, loader.ErrNoMap) {
		t.Errorf("another name: %v", err)
	}
	if _, err := table.Lookup(7); !errors.Is(err, ebpf.ErrKeyNotExist) {
		t.Errorf("no entry: %v", err)
	}
	for i := range uint32(3) {
		v := uint64(100 + i)
		if err := table.Update(7+i, &v, ebpf.UpdateNoExist); err != nil {
			t.Fatal(err)
		}
	}
	var v uint64
	if err := table.Update(7, &v, ebpf.UpdateNoExist); !errors.Is(err, ebpf.ErrKeyExist) {
		t.Errorf("an entry: %v", err)
	}
	if err := table.Delete(8); err != nil {
		t.Error(err)
	}
	if err := table.Delete(8); !errors.Is(err, ebpf.ErrKeyNotExist) {
		t.Errorf("no entry: %v", err)
	}
	got := map[uint32]uint64{}
	for e, err := range table.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		got[e.Key] = *e.Value
	}
	if len(got) != 2 || got[7] != 100 || got[9] != 102 {
		t.Errorf("entries %v", got)
	}
	set := hold.Cell{N: 40, M: 40}
	if err := cells.Update(1, &set, ebpf.UpdateAny); err != nil {
		t.Fatal(err)
	}
	n := 0
	for e, err := range cells.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if want := uint64(40) * uint64(e.Key&1); e.Key < 2 && (e.Value.N != want || e.Value.M != want) {
			t.Errorf("cell %d: %d, %d", e.Key, e.Value.N, e.Value.M)
		}
	}
	if n != 4 {
		t.Errorf("%d cells", n)
	}
}

// TestVMTablePerCPU: one value for each CPU.
func TestVMTablePerCPU(t *testing.T) {
	ext := load(t, "hold", loader.Options{})
	turns := openTable[uint32, uint64](t, ext, "turns")
	v := uint64(5)
	if err := turns.Update(0, &v, ebpf.UpdateAny); err != nil {
		t.Fatal(err)
	}
	all, err := turns.LookupPerCPU(0)
	if err != nil || len(all) == 0 || all[0] != 5 || all[len(all)-1] != 5 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := turns.Lookup(0); !errors.Is(err, loader.ErrMapType) {
		t.Errorf("one value of a per-CPU map: %v", err)
	}
	for e, err := range turns.Entries() {
		if err != nil || e.Value != nil || len(e.PerCPU) != len(all) || e.PerCPU[0] != 5 {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if _, err := openTable[uint32, uint64](t, ext, "table").LookupPerCPU(0); !errors.Is(err, loader.ErrMapType) {
		t.Errorf("values by CPU of a shared map: %v", err)
	}
}

// TestVMTableLock: a value is read and written as a whole while programs change it
// under its lock.
func TestVMTableLock(t *testing.T) {
	ext := load(t, "hold", loader.Options{})
	cells := openTable[uint32, hold.Cell](t, ext, "cells")
	together(t, func() { run(t, ext, "Count", packet(), 10_000) }, func() {
		for i := range uint64(1000) {
			c, err := cells.Lookup(0)
			if err != nil || c.N != c.M {
				t.Errorf("torn value: %v, %v", c, err)
				return
			}
			set := hold.Cell{N: i, M: i}
			if err := cells.Update(0, &set, ebpf.UpdateAny); err != nil {
				t.Error(err)
				return
			}
			for e, err := range cells.Entries() {
				if err != nil || e.Value.N != e.Value.M {
					t.Errorf("torn value: %v, %v", e.Value, err)
					return
				}
			}
		}
	})
	if v := run(t, ext, "Free", packet(), 1); v != drop {
		t.Errorf("not everything is free: verdict %d", v)
	}
}
