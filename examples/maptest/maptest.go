// SPDX-License-Identifier: Apache-2.0

// Package maptest uses maps of every kind from both sides: user space puts
// something in, the program finds it there and changes it, and user space finds
// the changes.
package maptest

import (
	"errors"
	"iter"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/xdp"
)

// Addr is an IPv4 address.
type Addr [4]byte

// Event is a record of the ring buffer, and a sample of the perf event array.
type Event struct{ Number uint64 }

// The maps, one of each kind.
var (
	hash          = rex.NewHash[uint32, uint64](16)
	perCPUHash    = rex.NewPerCPUHash[uint32, uint64](16)
	lruHash       = rex.NewLRUHash[uint32, uint64](1024)
	lruPerCPUHash = rex.NewLRUPerCPUHash[uint32, uint64](1024)
	array         = rex.NewArray[uint64](4)
	perCPUArray   = rex.NewPerCPUArray[uint64](4)
	trie          = rex.NewLPMTrie[Addr, uint64](16)
	queue         = rex.NewQueue[uint64](4)
	stack         = rex.NewStack[uint64](4)
	bloom         = rex.NewBloomFilter[uint64](64)
	ring          = rex.NewRingBuf(4096)
	samples       = rex.NewPerfEventArray[Event]()
	counters      = rex.NewPerfCounters()
	devMap        = rex.NewDevMap(4)
	devMapHash    = rex.NewDevMapHash(4)
	cpuMap        = rex.NewCPUMap()
	xskMap        = rex.NewXSKMap(4)
	stacks        = rex.NewStackTrace(64)
)

// Test is what the program does with one map.
type Test struct {
	Map string
	Run func(*xdp.Context) error
}

// Tests has one for each map. They expect to find what user space has put in:
// see the host program.
var Tests = [...]Test{
	{"hash", func(*xdp.Context) error { return useTable(hash) }},
	{"perCPUHash", func(*xdp.Context) error { return useTable(perCPUHash) }},
	{"lruHash", func(*xdp.Context) error { return useTable(lruHash) }},
	{"lruPerCPUHash", func(*xdp.Context) error { return useTable(lruPerCPUHash) }},
	{"array", func(*xdp.Context) error { return useArray(array) }},
	{"perCPUArray", func(*xdp.Context) error { return useArray(perCPUArray) }},
	{"trie", useTrie},
	{"queue", func(*xdp.Context) error { return useList(queue, 1) }},
	{"stack", func(*xdp.Context) error { return useList(stack, 3) }},
	{"bloom", useBloom},
	{"ring", useRing},
	{"samples", useSamples},
	{"counters", useCounters},
	{"devMap", func(ctx *xdp.Context) error { return useTargets(ctx, devMap) }},
	{"devMapHash", func(ctx *xdp.Context) error { return useTargets(ctx, devMapHash) }},
	{"cpuMap", func(ctx *xdp.Context) error { return useTargets(ctx, cpuMap) }},
	{"xskMap", func(ctx *xdp.Context) error { return useTargets(ctx, xskMap) }},
	{"stacks", useStacks},
}

// Run runs the test that the packet's first byte names. Pass means that all was
// as expected; otherwise a log says what was not.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) == 0 || int(data[0]) >= len(Tests) {
		return xdp.Aborted
	}
	test := &Tests[data[0]]
	if err := test.Run(ctx); err != nil {
		rex.Log(rex.LevelError, "wrong", "map", test.Map, "error", err)
		return xdp.Drop
	}
	return xdp.Pass
}

// table is what the maps with keys have in common.
type table interface {
	Lookup(uint32) *uint64
	Insert(uint32, uint64) error
	Update(uint32, uint64) error
	Replace(uint32, uint64) error
	LoadOrStore(uint32, uint64) (*uint64, bool, error)
	Delete(uint32) error
	All() iter.Seq2[uint32, *uint64]
}

// useTable finds 1 and 3, changes 1, adds 2 and 4, and removes 3.
func useTable(m table) error {
	v := m.Lookup(1)
	if v == nil || *v != 100 {
		return errors.New("1 is not 100")
	}
	*v++ // in the map
	if m.Lookup(2) != nil {
		return errors.New("2 is there")
	}
	if err := m.Insert(1, 7); err != rex.ErrExist {
		return errors.New("insert what exists: no error")
	}
	if err := m.Replace(2, 7); err != rex.ErrNotExist {
		return errors.New("replace what does not exist: no error")
	}
	if err := m.Update(2, 200); err != nil {
		return err
	}
	if v, loaded, err := m.LoadOrStore(4, 400); err != nil || loaded || *v != 400 {
		return errors.New("LoadOrStore does not store")
	}
	if v, loaded, err := m.LoadOrStore(4, 7); err != nil || !loaded || *v != 400 {
		return errors.New("LoadOrStore does not load")
	}
	if err := m.Delete(3); err != nil {
		return err
	}
	if m.Delete(3) != rex.ErrNotExist {
		return errors.New("delete what does not exist: no error")
	}
	sum := uint64(0)
	for k, v := range m.All() {
		sum += uint64(k)*1000 + *v
	}
	if sum != 7000+101+200+400 {
		return errors.New("wrong entries")
	}
	return nil
}

// elements is what the arrays have in common.
type elements interface {
	Lookup(uint32) *uint64
	Update(uint32, uint64) error
	All() iter.Seq2[uint32, *uint64]
}

// useArray finds 1, changes it, and sets 2.
func useArray(m elements) error {
	if *m.Lookup(1) != 100 {
		return errors.New("1 is not 100")
	}
	*m.Lookup(1)++
	if err := m.Update(2, 200); err != nil {
		return err
	}
	if m.Lookup(4) != nil {
		return errors.New("there is an element beyond the last")
	}
	sum := uint64(0)
	for i, v := range m.All() {
		sum += uint64(i)*1000 + *v
	}
	if sum != 6000+101+200 {
		return errors.New("wrong elements")
	}
	return nil
}

// useTrie finds the longest of the prefixes of an address, and adds a longer one.
func useTrie(*xdp.Context) error {
	if v := trie.Lookup(Addr{10, 1, 2, 3}); v == nil || *v != 16 {
		return errors.New("10.1.2.3 is not in 10.1/16")
	}
	if v := trie.Lookup(Addr{10, 2, 2, 3}); v == nil || *v != 8 {
		return errors.New("10.2.2.3 is not in 10/8")
	}
	if trie.Lookup(Addr{11, 2, 2, 3}) != nil {
		return errors.New("11.2.2.3 is there")
	}
	return trie.Update(rex.Prefix[Addr]{Bits: 24, Addr: Addr{10, 1, 2}}, 24)
}

// list is what queue and stack have in common.
type list interface {
	Peek() (uint64, bool)
	Pop() (uint64, bool)
	Push(uint64) error
}

// useList takes one of 1, 2 and 3, which user space has pushed, and adds 4.
func useList(m list, first uint64) error {
	if v, ok := m.Peek(); !ok || v != first {
		return errors.New("another one is first")
	}
	if v, ok := m.Pop(); !ok || v != first {
		return errors.New("another one is taken")
	}
	return m.Push(4)
}

// useBloom finds 1, and adds 2.
func useBloom(*xdp.Context) error {
	if !bloom.Test(1) {
		return errors.New("1 is not there")
	}
	if bloom.Test(2) {
		return errors.New("2 is there")
	}
	if err := bloom.Add(2); err != nil {
		return err
	}
	if !bloom.Test(2) {
		return errors.New("2 is not there")
	}
	return nil
}

// useRing writes two records, and gives a third one back.
func useRing(*xdp.Context) error {
	r := rex.Reserve[Event](ring)
	if r == nil {
		return rex.ErrAgain
	}
	r.Value.Number = 1
	r.Submit()
	if r = rex.Reserve[Event](ring); r == nil {
		return rex.ErrAgain
	}
	r.Discard()
	return ring.Output([]byte{2, 0, 0, 0, 0, 0, 0, 0})
}

// useSamples writes a sample.
func useSamples(ctx *xdp.Context) error {
	return xdp.Output(ctx, samples, rex.CurrentCPU, Event{1})
}

// useCounters reads a counter that user space has opened.
func useCounters(*xdp.Context) error {
	_, err := counters.Read(rex.CurrentCPU)
	return err
}

// useTargets finds 0, which user space has put in, and not 1.
func useTargets[M *rex.DevMap | *rex.DevMapHash | *rex.CPUMap | *rex.XSKMap](ctx *xdp.Context, m M) error {
	if xdp.RedirectMap(ctx, m, 1, xdp.OrDrop) != xdp.Drop {
		return errors.New("1 is there")
	}
	if xdp.RedirectMap(ctx, m, 0, xdp.OrDrop) != xdp.Redirect {
		return errors.New("0 is not there")
	}
	return nil
}

// stackID is the stack that Stack took last, and 1 in the upper half.
var stackID = rex.NewArray[uint64](1)

// Stack takes the stack of who calls getpgid: XDP programs have none.
//
//rex:kprobe sys_getpgid
func Stack(ctx *kprobe.Context) kprobe.Action {
	if id, err := ctx.StackID(stacks, 0); err == nil {
		*stackID.Lookup(0) = 1<<32 | uint64(id)
	}
	return kprobe.Continue
}

// useStacks finds that Stack has run.
func useStacks(*xdp.Context) error {
	if *stackID.Lookup(0) == 0 {
		return errors.New("no stack was taken")
	}
	return nil
}
