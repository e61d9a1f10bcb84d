// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/test/parity/testdata/ops"
)

// scenario is a sequence of steps on fresh maps. With panic set, only that the
// last step panics with it is known.
type scenario struct {
	name  string
	steps []step
	panic string
}

const (
	notExist = uint32(rex.ErrNotExist)
	tooBig   = uint32(rex.ErrTooBig)
	exist    = uint32(rex.ErrExist)
	again    = uint32(rex.ErrAgain)
	invalid  = uint32(rex.ErrInvalid)
	noSpace  = uint32(rex.ErrNoSpace)
)

var cases = append([]scenario{
	{name: "nil map", steps: []step{{op: ops.NilMap}}, panic: "nil pointer dereference"},
	{name: "trie", steps: []step{
		{op: ops.Lookup, m: ops.Trie, key: 0x0a010203},
		{op: ops.Update, m: ops.Trie, bits: 8, key: 0x0a000000, value: 8},
		{op: ops.Update, m: ops.Trie, bits: 16, key: 0x0a01ffff, value: 16}, // bits beyond the prefix do not count
		{op: ops.Lookup, m: ops.Trie, key: 0x0a010203, flag: 1, result: 16},
		{op: ops.Lookup, m: ops.Trie, key: 0x0a020203, flag: 1, result: 8},
		{op: ops.Lookup, m: ops.Trie, key: 0x0b020203},
		{op: ops.Insert, m: ops.Trie, bits: 8, key: 0x0a123456, value: 1, err: exist},
		{op: ops.Replace, m: ops.Trie, bits: 9, key: 0x0a000000, value: 1, err: notExist},
		{op: ops.Replace, m: ops.Trie, bits: 8, key: 0x0a000000, value: 80},
		{op: ops.Lookup, m: ops.Trie, key: 0x0a020203, flag: 1, result: 80},
		{op: ops.Update, m: ops.Trie, bits: 33, key: 0x0a000000, value: 1, err: invalid},
		{op: ops.Delete, m: ops.Trie, bits: 33, key: 0x0a000000, err: invalid},
		{op: ops.Delete, m: ops.Trie, bits: 12, key: 0x0a000000, err: notExist},
		{op: ops.Insert, m: ops.Trie, value: 1}, // the default route
		{op: ops.Lookup, m: ops.Trie, key: 0xffffffff, flag: 1, result: 1},
		{op: ops.Insert, m: ops.Trie, bits: 32, key: 0x0a010203, value: 32},
		{op: ops.Lookup, m: ops.Trie, key: 0x0a010203, flag: 1, result: 32},
		{op: ops.Insert, m: ops.Trie, bits: 31, key: 0x0a010203, value: 31, err: noSpace},
		{op: ops.Delete, m: ops.Trie, bits: 16, key: 0x0a010000},
		{op: ops.Lookup, m: ops.Trie, key: 0x0a01ffff, flag: 1, result: 80},
		{op: ops.Insert, m: ops.Trie, bits: 31, key: 0x0a010203, value: 31},
		{op: ops.Lookup, m: ops.Trie, key: 0x0a010202, flag: 1, result: 31},
	}},
	{name: "queue", steps: []step{
		{op: ops.Pop, m: ops.Queue},
		{op: ops.Peek, m: ops.Queue},
		{op: ops.Push, m: ops.Queue, value: 1},
		{op: ops.Push, m: ops.Queue, value: 2},
		{op: ops.Peek, m: ops.Queue, flag: 1, result: 1},
		{op: ops.Push, m: ops.Queue, value: 3},
		{op: ops.Push, m: ops.Queue, value: 4},
		{op: ops.Push, m: ops.Queue, value: 5, err: tooBig},
		{op: ops.PushEvict, m: ops.Queue, value: 6},
		{op: ops.Pop, m: ops.Queue, flag: 1, result: 2},
		{op: ops.Pop, m: ops.Queue, flag: 1, result: 3},
		{op: ops.Pop, m: ops.Queue, flag: 1, result: 4},
		{op: ops.Pop, m: ops.Queue, flag: 1, result: 6},
		{op: ops.Pop, m: ops.Queue},
	}},
	{name: "stack", steps: []step{
		{op: ops.Pop, m: ops.Stack},
		{op: ops.Push, m: ops.Stack, value: 1},
		{op: ops.Push, m: ops.Stack, value: 2},
		{op: ops.Peek, m: ops.Stack, flag: 1, result: 2},
		{op: ops.Push, m: ops.Stack, value: 3},
		{op: ops.Push, m: ops.Stack, value: 4},
		{op: ops.Push, m: ops.Stack, value: 5, err: tooBig},
		{op: ops.PushEvict, m: ops.Stack, value: 6},
		{op: ops.Pop, m: ops.Stack, flag: 1, result: 6},
		{op: ops.Pop, m: ops.Stack, flag: 1, result: 4},
		{op: ops.Pop, m: ops.Stack, flag: 1, result: 3},
		{op: ops.Pop, m: ops.Stack, flag: 1, result: 2},
		{op: ops.Pop, m: ops.Stack},
	}},
	{name: "Bloom filter", steps: []step{
		{op: ops.Test, m: ops.Bloom, value: 7},
		{op: ops.Push, m: ops.Bloom, value: 7},
		{op: ops.Push, m: ops.Bloom, value: 1 << 60},
		{op: ops.Push, m: ops.Bloom, value: 7},
		{op: ops.Test, m: ops.Bloom, value: 7, flag: 1},
		{op: ops.Test, m: ops.Bloom, value: 1 << 60, flag: 1},
		{op: ops.Test, m: ops.Bloom, value: 8},
	}},
	{name: "ring buffer", steps: []step{
		{op: ops.Submit, m: ops.Ring, value: 1, flag: 1},
		{op: ops.Discard, m: ops.Ring, value: 2, flag: 1},
		{op: ops.Forget, m: ops.Ring, value: 3, flag: 1},
		{op: ops.Output, m: ops.Ring, value: 4},
		{op: ops.Submit, m: ops.Ring, value: 5, flag: 1},
	}},
	{name: "full ring buffer", steps: []step{
		{op: ops.Fill, m: ops.Ring, flag: 170}, // 24 bytes each, of 4095
		{op: ops.Submit, m: ops.Ring, value: 1},
		{op: ops.Output, m: ops.Ring, value: 1, err: again},
	}},
	{name: "hold as many as possible", steps: []step{
		{op: ops.Hold, m: ops.Ring, value: 16, flag: 16},
	}},
	{name: "hold too many", steps: []step{
		{op: ops.Hold, m: ops.Ring, value: 17},
	}, panic: "runtime error: too many resources held"},
	{name: "submit twice", steps: []step{
		{op: ops.SubmitTwice, m: ops.Ring, value: 7},
	}, panic: "runtime error: submit of a record that is not reserved"},
	{name: "discard twice", steps: []step{
		{op: ops.DiscardTwice, m: ops.Ring, value: 7},
	}, panic: "runtime error: discard of a record that is not reserved"},
	{name: "submit a discarded record", steps: []step{
		{op: ops.SubmitDiscarded, m: ops.Ring, value: 7},
	}, panic: "runtime error: submit of a record that is not reserved"},
	{name: "lock", steps: []step{
		{op: ops.Locked, m: ops.Lock, value: 3, flag: 1, result: 3},
		{op: ops.Locked, m: ops.Lock, value: 4, flag: 1, result: 7},
		{op: ops.LockMany, m: ops.Lock, value: 16, flag: 16},
		{op: ops.LockVariable, m: ops.Lock, value: 1, flag: 1},
		{op: ops.Keep, m: ops.Lock, flag: 1},
	}},
	{name: "too many locks", steps: []step{
		{op: ops.LockMany, m: ops.Lock, value: 17},
	}, panic: "runtime error: lock: too many resources held"},
	{name: "lock twice", steps: []step{
		{op: ops.LockTwice, m: ops.Lock},
	}, panic: "runtime error: lock: taken twice"},
	{name: "unlock without lock", steps: []step{
		{op: ops.Unlock, m: ops.Lock},
	}, panic: "runtime error: lock: unlock of a lock that is not held"},
	{name: "nil lock", steps: []step{
		{op: ops.NilLock, m: ops.Lock},
	}, panic: "nil pointer dereference"},
	elementCases("array", ops.Array),
	elementCases("per-CPU array", ops.PerCPUArray),
	full("full hash", ops.Hash),
	full("full per-CPU hash", ops.PerCPUHash),
}, tableCases()...)

func elementCases(name string, m byte) scenario {
	return scenario{name: name, steps: []step{
		{op: ops.Lookup, m: m, key: 3, flag: 1},
		{op: ops.Lookup, m: m, key: 4},
		{op: ops.Lookup, m: m, key: 1<<32 - 1},
		{op: ops.Update, m: m, key: 3, value: 30},
		{op: ops.Update, m: m, key: 4, value: 1, err: tooBig},
		{op: ops.Add, m: m, key: 3, value: 4, flag: 1, result: 34},
		{op: ops.Lookup, m: m, key: 3, flag: 1, result: 34},
		{op: ops.Update, m: m, key: 0, value: 1},
		{op: ops.Sum, m: m, flag: 4, result: 6<<32 + 35},
		{op: ops.Stop, m: m, value: 2, flag: 2},
	}}
}

// tableCases are the same for every hash table.
func tableCases() []scenario {
	var all []scenario
	for name, m := range map[string]byte{"hash": ops.Hash, "LRU hash": ops.LRUHash, "per-CPU hash": ops.PerCPUHash, "LRU per-CPU hash": ops.LRUPerCPUHash} {
		all = append(all, scenario{name: name, steps: []step{
			{op: ops.Lookup, m: m, key: 1},
			{op: ops.Sum, m: m},
			{op: ops.Update, m: m, key: 1, value: 10},
			{op: ops.Lookup, m: m, key: 1, flag: 1, result: 10},
			{op: ops.Insert, m: m, key: 1, value: 11, err: exist},
			{op: ops.Replace, m: m, key: 1, value: 12},
			{op: ops.Lookup, m: m, key: 1, flag: 1, result: 12},
			{op: ops.Replace, m: m, key: 2, value: 20, err: notExist},
			{op: ops.Insert, m: m, key: 2, value: 20},
			{op: ops.Add, m: m, key: 2, value: 2, flag: 1, result: 22},
			{op: ops.Add, m: m, key: 3, value: 2},
			{op: ops.LoadOrStore, m: m, key: 2, value: 5, flag: 1, result: 22},
			{op: ops.LoadOrStore, m: m, key: 3, value: 5, result: 5},
			{op: ops.LoadOrStore, m: m, key: 3, value: 6, flag: 1, result: 5},
			{op: ops.Sum, m: m, flag: 3, result: 6<<32 + 39},
			{op: ops.Stop, m: m, value: 2, flag: 2},
			{op: ops.Update, m: m, key: 4, value: 1},
			{op: ops.Sweep, m: m, flag: 2},
			{op: ops.Sum, m: m, flag: 2, result: 4<<32 + 17},
			{op: ops.Delete, m: m, key: 1},
			{op: ops.Delete, m: m, key: 1, err: notExist},
			{op: ops.Lookup, m: m, key: 1},
			{op: ops.Sum, m: m, flag: 1, result: 3<<32 + 5},
		}})
	}
	return all
}

// full fills a table that does not evict.
func full(name string, m byte) scenario {
	c := scenario{name: name}
	for k := range uint32(ops.Entries) {
		c.steps = append(c.steps, step{op: ops.Insert, m: m, key: k, value: uint64(k)})
	}
	c.steps = append(c.steps,
		step{op: ops.Update, m: m, key: 100, err: tooBig},
		step{op: ops.Insert, m: m, key: 100, err: tooBig},
		step{op: ops.Insert, m: m, key: 0, err: exist},
		step{op: ops.Replace, m: m, key: 100, err: notExist},
		step{op: ops.LoadOrStore, m: m, key: 100, err: tooBig},
		step{op: ops.LoadOrStore, m: m, key: 2, flag: 1, result: 2},
		step{op: ops.Update, m: m, key: 0, value: 9},
		step{op: ops.Sum, m: m, flag: 4, result: 6<<32 + 15},
		step{op: ops.Sweep, m: m, flag: 2},
		step{op: ops.Insert, m: m, key: 100, value: 1},
		step{op: ops.Sum, m: m, flag: 3, result: 104<<32 + 5},
	)
	return c
}
