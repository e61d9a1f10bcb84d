// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/examples/maptest"
	"github.com/rex-go/rex/loader"
)

// user is what user space does with a map before and after the program.
type user struct {
	before, after use
}

// use is something that user space does with a map.
type use func(*loader.Extension, *ebpf.Map) error

// users has one for each map.
var users = map[string]user{
	"hash":          {putAll(1, 100, 3, 300), sums(1, 101, 2, 200, 3, 0, 4, 400)},
	"lruHash":       {putAll(1, 100, 3, 300), sums(1, 101, 2, 200, 3, 0, 4, 400)},
	"perCPUHash":    {putAll(1, 100, 3, 300), sums(1, perCPU+1, 2, 200, 3, 0, 4, 400)},
	"lruPerCPUHash": {putAll(1, 100, 3, 300), sums(1, perCPU+1, 2, 200, 3, 0, 4, 400)},
	"array":         {putAll(1, 100), sums(0, 0, 1, 101, 2, 200, 3, 0)},
	"perCPUArray":   {putAll(1, 100), sums(0, 0, 1, perCPU+1, 2, 200, 3, 0)},
	"trie": {
		func(_ *loader.Extension, m *ebpf.Map) error {
			return errors.Join(m.Put(prefix(8, 10), uint64(8)), m.Put(prefix(16, 10, 1), uint64(16)))
		},
		func(_ *loader.Extension, m *ebpf.Map) error {
			var v uint64
			if err := m.Lookup(prefix(32, 10, 1, 2, 3), &v); err != nil || v != 24 {
				return fmt.Errorf("10.1.2.3 is %d, %w", v, err)
			}
			return nil
		},
	},
	"queue":   {pushAll, popAll(2, 3, 4)},
	"stack":   {pushAll, popAll(4, 2, 1)},
	"bloom":   {before: func(_ *loader.Extension, m *ebpf.Map) error { return m.Put(nil, uint64(1)) }},
	"ring":    {after: readRing},
	"samples": {openSamples, readSamples},
	"counters": {before: func(ext *loader.Extension, _ *ebpf.Map) error {
		return ext.OpenPerfCounters("counters", loader.PerfEventOptions{})
	}},
	// The interface lo, a queue of 192 packets.
	"devMap":     {before: putTarget(1)},
	"devMapHash": {before: putTarget(1)},
	"cpuMap":     {before: putTarget(192)},
	"xskMap":     {before: putSocket},
	"stacks":     {takeStack, readStack},
}

// perCPU stands for 100 on every CPU.
const perCPU = 1 << 32

// putAll puts pairs of a key and a value into a map, on each CPU where it has
// values for each.
func putAll(pairs ...uint64) use {
	return func(_ *loader.Extension, m *ebpf.Map) error {
		for p := range slices.Chunk(pairs, 2) {
			var value any = p[1]
			if hasPerCPU(m) {
				value = slices.Repeat([]uint64{p[1]}, ebpf.MustPossibleCPU())
			}
			if err := m.Put(uint32(p[0]), value); err != nil {
				return err
			}
		}
		return nil
	}
}

// sums compares the values under keys, or their sums over all CPUs, with others;
// a key that is not there has 0.
func sums(pairs ...uint64) use {
	return func(_ *loader.Extension, m *ebpf.Map) error {
		for p := range slices.Chunk(pairs, 2) {
			var err error
			all := make([]uint64, 1)
			if hasPerCPU(m) {
				err = m.Lookup(uint32(p[0]), &all)
			} else {
				err = m.Lookup(uint32(p[0]), &all[0])
			}
			if errors.Is(err, ebpf.ErrKeyNotExist) {
				all, err = nil, nil
			}
			if err != nil {
				return err
			}
			want, sum := p[1], uint64(0)
			if want >= perCPU {
				want += 100*uint64(len(all)) - perCPU
			}
			for _, v := range all {
				sum += v
			}
			if sum != want {
				return fmt.Errorf("%d is %d, not %d", p[0], sum, want)
			}
		}
		return nil
	}
}

func hasPerCPU(m *ebpf.Map) bool {
	switch m.Type() {
	case ebpf.PerCPUArray, ebpf.PerCPUHash, ebpf.LRUCPUHash:
		return true
	}
	return false
}

func prefix(bits uint32, addr ...byte) rex.Prefix[maptest.Addr] {
	p := rex.Prefix[maptest.Addr]{Bits: bits}
	copy(p.Addr[:], addr)
	return p
}

func pushAll(_ *loader.Extension, m *ebpf.Map) error {
	return errors.Join(m.Put(nil, uint64(1)), m.Put(nil, uint64(2)), m.Put(nil, uint64(3)))
}

func popAll(want ...uint64) use {
	return func(_ *loader.Extension, m *ebpf.Map) error {
		var got []uint64
		var v uint64
		for m.LookupAndDelete(nil, &v) == nil {
			got = append(got, v)
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("it held %d, not %d", got, want)
		}
		return nil
	}
}
