// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// TestVMSharedMap: two extensions, a plain BPF program and user space count in
// one map.
func TestVMSharedMap(t *testing.T) {
	hold := load(t, "hold", loader.Options{})
	shared := mapOf(t, hold, "totals")
	share := load(t, "share", loader.Options{MapReplacements: map[string]*ebpf.Map{"totals": shared}})
	plain, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{
		asm.Mov.Imm(asm.R1, 0),
		asm.StoreMem(asm.RFP, -8, asm.R1, asm.DWord),
		asm.LoadMapPtr(asm.R1, shared.FD()),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -8),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "out"),
		asm.Mov.Imm(asm.R1, 1),
		asm.AddAtomic.Mem(asm.R0, asm.R1, asm.DWord, 0),
		asm.Mov.Imm(asm.R0, 1).WithSymbol("out"),
		asm.Return(),
	}})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	defer plain.Close()
	const turns = 5000
	together(t, func() {
		run(t, hold, "Count", packet(), turns)
		run(t, share, "Count", packet(), turns)
	}, func() {
		kit.Uninterrupted(func() {
			if _, err := plain.Run(&ebpf.RunOptions{Data: packet(), Repeat: turns}); err != nil {
				t.Error(err)
			}
		})
		run(t, share, "Count", packet(), turns)
	})
	if v := readTotals(t, hold); v.Method != 4*turns {
		t.Errorf("%d counts of %d", v.Method, 4*turns)
	}
}

// TestVMPinned: pinned maps are reused by the next extension that fits, and
// refused by one that does not.
func TestVMPinned(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(dir, 0)
	for round := range uint64(3) {
		ext := load(t, "share", loader.Options{PinPath: dir})
		run(t, ext, "Count", packet(), 10)
		if v := readTotals(t, ext); v.Method != 10*(round+1) {
			t.Errorf("round %d: %d counts", round, v.Method)
		}
		if err := ext.Close(); err != nil {
			t.Fatal(err)
		}
	}
	pinned, err := ebpf.LoadPinnedMap(filepath.Join(dir, "totals"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var v totals
	if err := pinned.Lookup(uint32(0), &v); err != nil || v.Method != 30 {
		t.Errorf("%d counts, %v", v.Method, err)
	}
	pinned.Close()
	if err := os.Remove(filepath.Join(dir, "totals")); err != nil {
		t.Fatal(err)
	}
	other, err := ebpf.NewMap(&ebpf.MapSpec{Name: "totals", Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Pin(filepath.Join(dir, "totals")); err != nil {
		t.Fatal(err)
	}
	obj := kit.Object(t, "share")
	if ext, err := loader.Load(obj, loader.Options{PinPath: dir}); !errors.Is(err, loader.ErrMapSpec) {
		t.Errorf("pinned map of another size: %v", err)
		if err == nil {
			ext.Close()
		}
	}
}

// TestVMReplacementWithoutLock: a map that knows nothing of the lock would let
// copies overwrite it.
func TestVMReplacementWithoutLock(t *testing.T) {
	load(t, "share", loader.Options{}) // only to be in the guest, with rex.ko ready
	plain, err := ebpf.NewMap(&ebpf.MapSpec{Name: "cells", Type: ebpf.Array, KeySize: 4, ValueSize: 24, MaxEntries: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	obj := kit.Object(t, "hold")
	ext, err := loader.Load(obj, loader.Options{MapReplacements: map[string]*ebpf.Map{"cells": plain}})
	if !errors.Is(err, unix.EINVAL) {
		t.Errorf("map without a lock: %v", err)
	}
	if err == nil {
		ext.Close()
	}
}

// TestVMIterateWhileOthersChange: an iteration ends, and sees whole entries,
// whatever user space does to the map meanwhile.
func TestVMIterateWhileOthersChange(t *testing.T) {
	ext := load(t, "hold", loader.Options{})
	table := mapOf(t, ext, "table")
	const entries = 64
	for k := range uint32(entries) {
		if err := table.Put(k, uint64(k)+1); err != nil {
			t.Fatal(err)
		}
	}
	if v := run(t, ext, "Walk", packet(), 1); v != drop {
		t.Errorf("verdict %d", v)
	}
	if v := readTotals(t, ext); v.Seen != entries {
		t.Errorf("%d entries seen of %d", v.Seen, entries)
	}
	stop := make(chan struct{})
	together(t, func() {
		defer close(stop)
		if v := run(t, ext, "Walk", packet(), 2000); v != drop {
			t.Errorf("verdict %d", v)
		}
	}, func() {
		for k := uint32(0); ; k = (k + 7) % entries {
			select {
			case <-stop:
				return
			default:
			}
			if err := errors.Join(table.Delete(k), table.Put(k, uint64(k)+1)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	if v := readTotals(t, ext); v.Seen > entries {
		t.Errorf("%d steps in a map of %d entries", v.Seen, entries)
	}
}
