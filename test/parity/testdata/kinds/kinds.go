// SPDX-License-Identifier: Apache-2.0

// Package kinds has scenarios of what the kinds of maps have in common: loops
// over a map that changes it, pointers that are kept, and maps that are nil. What
// each operation returns is in package ops.
package kinds

import (
	"iter"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/xdp"
)

// Scenario is one of them.
type Scenario struct {
	Name string
	Run  func(*xdp.Context)
}

// All are the scenarios: those whose name begins with "nil" end in a panic.
var All = [...]Scenario{
	{"loops", func(*xdp.Context) { loops(hash); loops(perCPU); loops(lru); loops(lruPerCPU) }},
	{"loops over elements", func(*xdp.Context) { elements(array); elements(cpuArray) }},
	{"kept pointers", func(*xdp.Context) { kept(hash); kept(perCPU); kept(lru); kept(lruPerCPU) }},
	{"kept pointers to elements", func(*xdp.Context) { keptElement(array); keptElement(cpuArray) }},
	{"keys of several fields", structKeys},
	{"eviction", func(*xdp.Context) { evict(lru); evict(lruPerCPU) }},
	{"records", records},
	{"large values", large},
	{"update of a value with its lock taken", lockedUpdate},
	{"prefixes", prefixes},
	{"redirects", redirects},
	{"counters", readCounters},
	{"panic with a lock taken", func(*xdp.Context) {
		rex.Locked(&accounts.Lookup(0).Lock, func() { panic("with a lock") })
	}},
	{"the lock after that", func(*xdp.Context) {
		rex.Locked(&accounts.Lookup(0).Lock, func() { report.Is("taken", true) })
	}},
	{"nil Hash", func(*xdp.Context) { nilHash.Update(1, 1) }},
	{"nil Hash in a loop", func(*xdp.Context) { count(nilHash.All()) }},
	{"nil LRUHash", func(*xdp.Context) { nilLRU.Delete(1) }},
	{"nil PerCPUHash", func(*xdp.Context) { nilPerCPU.Lookup(1) }},
	{"nil LRUPerCPUHash", func(*xdp.Context) { nilLRUPerCPU.LoadOrStore(1, 1) }},
	{"nil Array", func(*xdp.Context) { nilArray.Lookup(1) }},
	{"nil Array in a loop", func(*xdp.Context) { count(nilArray.All()) }},
	{"nil PerCPUArray", func(*xdp.Context) { nilCPUArray.Update(0, 1) }},
	{"nil LPMTrie", func(*xdp.Context) { nilTrie.Lookup([4]byte{}) }},
	{"nil Queue", func(*xdp.Context) { nilQueue.Pop() }},
	{"nil Stack", func(*xdp.Context) { nilStack.Push(1) }},
	{"nil BloomFilter", func(*xdp.Context) { nilBloom.Test(1) }},
	{"nil RingBuf", func(*xdp.Context) { nilRing.Output(nil) }},
	{"nil RingBuf reserved", func(*xdp.Context) { rex.Reserve[uint64](nilRing) }},
	{"nil Record", func(*xdp.Context) { nilRecord.Submit() }},
	{"nil PerfEventArray", func(ctx *xdp.Context) { report.Err("not reached", xdp.Output(ctx, nilSamples, 0, 1)) }},
	{"nil PerfCounters", func(*xdp.Context) { nilCounters.Read(0) }},
	{"nil DevMap", func(*xdp.Context) { nilDevs.Lookup(1) }},
	{"nil DevMapHash", func(*xdp.Context) { nilDevHash.Lookup(1) }},
	{"nil CPUMap", func(ctx *xdp.Context) { report.Number("not reached", xdp.RedirectMap(ctx, nilCPUs, 1, 0)) }},
	{"nil XSKMap", func(ctx *xdp.Context) { report.Number("not reached", xdp.RedirectMap(ctx, nilSockets, 1, 0)) }},
	{"nil SpinLock", func(*xdp.Context) { rex.Locked(nilLock, func() { report.Is("not reached", true) }) }},
	{"nil SpinLock given back", func(*xdp.Context) { nilLock.Unlock() }},
	{"nil Task", func(*xdp.Context) { nilTask.Release() }},
	{"nil context", func(*xdp.Context) {
		var none *xdp.Context
		report.Number("not reached", none.IngressIfindex())
	}},
	{"nil context for a sample", func(*xdp.Context) {
		report.Err("not reached", xdp.Output(nil, samples, rex.CurrentCPU, 1))
	}},
}

// Run runs the one that the test asks for.
//
//rex:xdp onpanic=continue timeout=10s
func Run(ctx *xdp.Context) xdp.Action {
	in := report.In.Lookup(0)
	if in == nil || in.Case >= uint32(len(All)) {
		return xdp.Aborted
	}
	All[in.Case].Run(ctx)
	return xdp.Pass
}

// Room is how many entries the maps have room for, LRURoom those that evict.
const (
	Room    = 16
	LRURoom = 512
)

var (
	hash      = rex.NewHash[uint32, uint64](Room)
	perCPU    = rex.NewPerCPUHash[uint32, uint64](Room)
	lru       = rex.NewLRUHash[uint32, uint64](LRURoom)
	lruPerCPU = rex.NewLRUPerCPUHash[uint32, uint64](LRURoom)
	array     = rex.NewArray[uint64](Room)
	cpuArray  = rex.NewPerCPUArray[uint64](Room)
	keyed     = rex.NewHash[key, value](Room)
	Events    = rex.NewRingBuf(4096)
	tries     = rex.NewLPMTrie[[16]byte, value](Room)
	samples   = rex.NewPerfEventArray[uint64]()
	accounts  = rex.NewArray[account](1)
	accountOf = rex.NewHash[uint32, account](1)
	blocks    = rex.NewQueue[block](2)
	blockOf   = rex.NewHash[uint32, block](1)

	// What user space has put in is behind key 1, of CPUs behind key 0.
	Devs     = rex.NewDevMap(Room)
	DevHash  = rex.NewDevMapHash(Room)
	CPUs     = rex.NewCPUMap()
	Sockets  = rex.NewXSKMap(Room)
	Counters = rex.NewPerfCounters()

	nilHash      *rex.Hash[uint32, uint64]
	nilPerCPU    *rex.PerCPUHash[uint32, uint64]
	nilLRU       *rex.LRUHash[uint32, uint64]
	nilLRUPerCPU *rex.LRUPerCPUHash[uint32, uint64]
	nilArray     *rex.Array[uint64]
	nilCPUArray  *rex.PerCPUArray[uint64]
	nilTrie      *rex.LPMTrie[[4]byte, uint64]
	nilQueue     *rex.Queue[uint64]
	nilStack     *rex.Stack[uint64]
	nilBloom     *rex.BloomFilter[uint64]
	nilRing      *rex.RingBuf
	nilRecord    *rex.Record[uint64]
	nilSamples   *rex.PerfEventArray[uint64]
	nilCounters  *rex.PerfCounters
	nilDevs      *rex.DevMap
	nilDevHash   *rex.DevMapHash
	nilCPUs      *rex.CPUMap
	nilSockets   *rex.XSKMap
	nilLock      *rex.SpinLock
	nilTask      *rex.Task
)

type table interface {
	Lookup(uint32) *uint64
	Update(uint32, uint64) error
	Insert(uint32, uint64) error
	Replace(uint32, uint64) error
	Delete(uint32) error
	All() iter.Seq2[uint32, *uint64]
}

func count(all iter.Seq2[uint32, *uint64]) {
	n, keys, values := 0, uint32(0), uint64(0)
	for k, v := range all {
		n++
		keys += k
		values += *v
	}
	report.Number("entries", n)
	report.Number("sum of keys", keys)
	report.Number("sum of values", values)
}

func fill[M table](m M, n uint32) {
	for k := range n {
		if err := m.Update(k, uint64(k)*100); err != nil {
			report.Err("Update", err)
		}
	}
}

func empty[M table](m M) {
	for k := range m.All() {
		if err := m.Delete(k); err != nil {
			report.Err("Delete", err)
		}
	}
	count(m.All())
}

// loops changes a map while it is looped over, in ways that do not depend on the
// order of entries.
func loops[M table](m M) {
	count(m.All())
	fill(m, 10)
	count(m.All())
	for k, v := range m.All() { // through the pointer
		*v += uint64(k)
	}
	count(m.All())
	for k, v := range m.All() { // the entry itself
		if err := m.Replace(k, *v+1); err != nil {
			report.Err("Replace", err)
		}
	}
	count(m.All())
	n := 0
	for range m.All() { // several loops at once
		for range m.All() {
			n++
		}
	}
	report.Number("pairs", n)
	n = 0
	for k := range m.All() { // deleted, and put in again
		n++
		if m.Delete(k) != nil || m.Insert(k, 7) != nil {
			report.Number("lost", k)
		}
	}
	report.Is("ended", n > 0)
	count(m.All())
	for k, v := range m.All() { // a pointer to what is deleted
		if m.Delete(k) != nil {
			report.Number("lost", k)
		}
		*v = 1
		if m.Lookup(k) != nil {
			report.Number("left", k)
		}
	}
	count(m.All())
	fill(m, 3)
	for range m.All() { // all of them at the first
		for k := range uint32(3) {
			m.Delete(k)
		}
	}
	count(m.All())
	fill(m, 10)
	empty(m)
}

type list interface {
	Lookup(uint32) *uint64
	Update(uint32, uint64) error
	All() iter.Seq2[uint32, *uint64]
}

func elements[M list](m M) {
	count(m.All())
	last := uint32(0)
	for k, v := range m.All() {
		*v = uint64(k) * 3
		report.Is("in order", k == 0 || k == last+1)
		last = k
		if err := m.Update(Room-1-k, uint64(k)); err != nil {
			report.Err("Update", err)
		}
	}
	count(m.All())
	report.Err("beyond", m.Update(Room, 1))
}

func kept[M table](m M) {
	fill(m, 2)
	p := m.Lookup(1)
	*p = 5
	report.Number("through the pointer", *m.Lookup(1))
	q := m.Lookup(1)
	report.Is("the same pointer", p == q)
	report.Err("Delete", m.Delete(1))
	set(&p, 6)
	report.Is("gone", m.Lookup(1) == nil)
	report.Err("Insert", m.Insert(1, 8))
	report.Number("the new one", *m.Lookup(1))
	empty(m)
}

// set writes through a pointer that the compiler, in its caller, loses sight of.
func set(p **uint64, v uint64) { **p = v }

func keptElement[M list](m M) {
	p := m.Lookup(2)
	*p = 41
	report.Err("Update", m.Update(2, 42))
	report.Number("through the pointer", *p)
	*p++
	report.Number("in the map", *m.Lookup(2))
}

type key struct {
	A uint32
	B uint16
	C [2]byte
	D int64
}

type value struct {
	X int64
	Y [3]uint32
	Z uint32
}

func structKeys(*xdp.Context) {
	for i := range int64(4) {
		report.Err("Insert", keyed.Insert(key{1, 2, [2]byte{3, 4}, -i}, value{X: i, Y: [3]uint32{1, 2, uint32(i)}}))
	}
	for i := range int64(5) {
		v := keyed.Lookup(key{1, 2, [2]byte{3, 4}, -i})
		report.Is("there", v != nil)
		if v != nil {
			report.Number("X", v.X)
			report.Number("Y", v.Y[2])
		}
	}
	report.Is("another key", keyed.Lookup(key{1, 2, [2]byte{4, 3}, 0}) != nil)
	v, loaded, err := keyed.LoadOrStore(key{A: 9}, value{Z: 5})
	report.Err("LoadOrStore", err)
	report.Is("loaded", loaded)
	v.Z++
	v, loaded, err = keyed.LoadOrStore(key{A: 9}, value{Z: 1})
	report.Err("LoadOrStore", err)
	report.Is("loaded", loaded)
	report.Number("Z", v.Z)
	n := int64(0)
	for k, v := range keyed.All() {
		n += k.D + int64(v.Z)
	}
	report.Number("sum", n)
}

// evict puts in more than there is room for. Which entries go is the kernel's
// choice.
func evict[M table](m M) {
	failed := 0
	for k := range uint32(2 * LRURoom) {
		if m.Insert(k, uint64(k)) != nil {
			failed++
		}
		if v := m.Lookup(k); v == nil || *v != uint64(k) {
			failed++
		}
	}
	report.Number("failed", failed)
	n := 0
	for k, v := range m.All() {
		n++
		if *v != uint64(k) {
			failed++
		}
	}
	report.Is("some are left", n > 0 && n <= LRURoom)
	report.Number("wrong", failed)
	empty(m)
}

// Sizes of records, around what fits into the ring's 4096 bytes.
var sizes = [...]int{0, 1, 8, 4087, 4088, 4089, 4096, 5000, 3000, 2000}

func records(*xdp.Context) {
	b := make([]byte, 8192)
	for i := range b {
		b[i] = byte(i)
	}
	for _, n := range sizes {
		report.Number("bytes", n)
		report.Err("Output", Events.Output(b[:n]))
	}
	report.Err("nil", Events.Output(nil))
	for i := range rex.RingBufFlags(5) {
		report.Err("flags", Events.OutputFlags(b[:1], i))
	}
	report.Is("too large", rex.Reserve[[5000]byte](Events) == nil)
	r := rex.Reserve[value](Events)
	report.Is("zero", r.Value == value{})
	r.Value.X = 3
	r.SubmitFlags(rex.NoWakeup)
	r = rex.Reserve[value](Events)
	r.Value.X = 4
	r.Discard()
	r = rex.Reserve[value](Events)
	report.Is("zero again", r.Value == value{})
	r.SubmitFlags(1 << 5)
}

type block [64]uint64

func large(*xdp.Context) {
	b := new(block)
	b[63] = 9
	report.Err("Push", blocks.Push(*b))
	b[63]++
	report.Err("Push", blocks.Push(*b))
	report.Err("Push", blocks.Push(*b))
	v, ok := blocks.Peek()
	report.Is("Peek", ok)
	report.Number("last", v[63])
	report.Err("Update", blockOf.Update(1, v))
	report.Err("Update", blockOf.Update(1, *b))
	report.Err("Update", blockOf.Update(2, *b))
	report.Number("last", blockOf.Lookup(1)[63])
	for range 3 {
		v, ok := blocks.Pop()
		report.Is("Pop", ok)
		report.Number("last", v[63])
	}
}

type account struct {
	Lock    rex.SpinLock
	Number  uint32
	Balance uint64
}

func lockedUpdate(*xdp.Context) {
	report.Err("Insert", accountOf.Insert(1, account{Balance: 5}))
	a := accountOf.Lookup(1)
	a.Lock.Lock()
	report.Err("Update", accountOf.Update(1, account{Balance: 6}))
	a.Lock.Unlock()
	report.Number("balance", accountOf.Lookup(1).Balance)
	rex.Locked(&accountOf.Lookup(1).Lock, func() { report.Is("can be taken", true) })
	b := accounts.Lookup(0)
	b.Lock.Lock()
	report.Err("Update", accounts.Update(0, account{Balance: 7}))
	report.Number("balance", b.Balance)
	b.Lock.Unlock()
	report.Is("given back", true)
}

func prefixes(*xdp.Context) {
	at := func(b ...byte) (a [16]byte) { copy(a[:], b); return a }
	for _, n := range [...]uint32{0, 1, 7, 8, 9, 64, 127, 128, 129, 1<<32 - 1} {
		p := rex.Prefix[[16]byte]{Bits: n, Addr: at(0xaa, 0xbb, 0xcc)}
		report.Number("bits", n)
		report.Err("Insert", tries.Insert(p, value{X: int64(n)}))
		report.Err("Insert", tries.Insert(p, value{X: int64(n)}))
		report.Err("Replace", tries.Replace(p, value{X: int64(n) + 1}))
	}
	for _, a := range [...][16]byte{at(), at(0x80), at(0xaa), at(0xaa, 0xbb), at(0xaa, 0xbb, 0xcc), at(0xaa, 0xbb, 0xcc, 1)} {
		v := tries.Lookup(a)
		report.Is("found", v != nil)
		if v != nil {
			report.Number("X", v.X)
		}
	}
	for _, n := range [...]uint32{128, 128, 0, 3, 129} {
		report.Err("Delete", tries.Delete(rex.Prefix[[16]byte]{Bits: n, Addr: at(0xaa, 0xbb, 0xcc)}))
	}
	v := tries.Lookup(at(0xaa, 0xbb, 0xcc))
	report.Number("X", v.X)
}

func redirects(ctx *xdp.Context) {
	for _, f := range [...]xdp.RedirectFlags{xdp.OrAborted, xdp.OrDrop, xdp.OrPass, xdp.OrTX, xdp.Broadcast, xdp.ExcludeIngress, 1 << 5} {
		for key := range uint32(3) {
			report.Number("flags", f)
			report.Number("key", key)
			report.String("DevMap", xdp.RedirectMap(ctx, Devs, key, f).String())
			report.String("DevMapHash", xdp.RedirectMap(ctx, DevHash, key, f).String())
			report.String("XSKMap", xdp.RedirectMap(ctx, Sockets, key, f).String())
		}
		report.String("CPUMap", xdp.RedirectMap(ctx, CPUs, 0, f).String())
		report.String("CPUMap", xdp.RedirectMap(ctx, CPUs, 1<<20, f).String())
	}
	report.String("interface", ctx.Redirect(1).String())
	for key := range uint32(3) {
		ifindex, ok := Devs.Lookup(key)
		report.Number("DevMap", ifindex)
		report.Is("there", ok)
		ifindex, ok = DevHash.Lookup(key)
		report.Number("DevMapHash", ifindex)
		report.Is("there", ok)
	}
}

// readCounters reads one that user space has opened on every CPU.
func readCounters(*xdp.Context) {
	a, err := Counters.Read(rex.CurrentCPU)
	report.Err("Read", err)
	b, err := Counters.Read(rex.CPU())
	report.Err("Read", err)
	report.Is("not less", b.Value >= a.Value && b.Enabled >= a.Enabled && b.Running >= a.Running)
	report.Is("enabled", a.Enabled > 0)
	c, err := Counters.Read(1 << 20)
	report.Err("Read", err)
	report.Is("nothing", c == rex.PerfCounter{})
}
