// SPDX-License-Identifier: Apache-2.0

// Package ops does what the packet says: each 32 bytes of it are one operation
// of the SDK, and the operation's results are written behind its arguments. It
// is compiled for the kernel and imported by the host's test, so that both can
// be given the same packets.
package ops

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

// Size is the size of a step in bytes:
//
//	0 operation, 1 map, 4 key (uint32), 8 value (uint64),
//	16 error (uint32), 20 flag (uint32), 24 result (uint64)
const Size = 32

// Maps.
const (
	Hash = iota
	LRUHash
	PerCPUHash
	LRUPerCPUHash
	Array
	PerCPUArray
	Trie
	Queue
	Stack
	Bloom
	Ring
	Lock
	Tasks
	Perf
	Redirects
)

// Operations.
const (
	Nop = iota
	Lookup
	Update
	Insert
	Replace
	Delete
	// Add adds the value to the one that Lookup points to.
	Add
	// Sum adds up keys and values of All and counts them.
	Sum
	// Sweep deletes the keys of All that are even.
	Sweep
	// Stop leaves a loop over All after value steps.
	Stop
	LoadOrStore
	Push
	PushEvict
	Pop
	Peek
	Test
	// NilMap uses a nil map.
	NilMap
	// Of ring buffers: Submit, Discard, Forget and Output one record with
	// the value; Fill submits records until there is no room; Hold reserves
	// as many as the value says.
	Submit
	Discard
	Forget
	Output
	Fill
	Hold
	SubmitTwice
	DiscardTwice
	SubmitDiscarded
	// Of locks: add the value to an account with the lock held; take it
	// twice; release it without; leave it taken; take as many as the value
	// says; the same for a lock in a variable.
	Locked
	LockTwice
	Unlock
	Keep
	LockMany
	LockVariable
	NilLock
	// Of ring buffers: with the flags in bits.
	SubmitFlags
	OutputFlags
	// Of tasks: look at the one whose pid is the key; hold it value times;
	// release it twice; use it after that; use none.
	Find
	HoldTask
	ReleaseTwice
	UseReleased
	UseNone
	// Of perf event arrays, at the index that is the key: write the value; with
	// as many bytes of the packet; read a counter.
	Sample
	SamplePacket
	Counter
	// Redirect, and with RedirectMap: the key and as flags the value, in a map of
	// each kind.
	ToInterface
	ToDev
	ToDevHash
	ToCPU
	ToSocket
	ToNil
	// Look an interface up in the array, in the hash.
	FindDev
	FindDevHash
)

// Entries is how many entries each map has room for, LRUEntries those that
// evict.
const (
	Entries    = 4
	LRUEntries = 1024
)

var (
	hash    = rex.NewHash[uint32, uint64](Entries)
	lru     = rex.NewLRUHash[uint32, uint64](LRUEntries)
	perCPU  = rex.NewPerCPUHash[uint32, uint64](Entries)
	lruCPU  = rex.NewLRUPerCPUHash[uint32, uint64](LRUEntries)
	array   = rex.NewArray[uint64](Entries)
	cpus    = rex.NewPerCPUArray[uint64](Entries)
	trie    = rex.NewLPMTrie[[4]byte, uint64](Entries)
	queue   = rex.NewQueue[uint64](Entries)
	stack   = rex.NewStack[uint64](Entries)
	bloom   = rex.NewBloomFilter[uint64](1000)
	nothing *rex.Hash[uint32, uint64]
)

// Run does the packet's steps.
//
//rex:xdp onpanic=continue
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	for len(data) >= Size {
		do(ctx, step(data[:Size]))
		data = data[Size:]
	}
	return xdp.Drop
}

type step []byte

func (s step) op() byte      { return s[0] }
func (s step) key() uint32   { return binary.LittleEndian.Uint32(s[4:]) }
func (s step) value() uint64 { return binary.LittleEndian.Uint64(s[8:]) }

func (s step) result(v uint64) { binary.LittleEndian.PutUint64(s[24:], v) }
func (s step) count(n uint32)  { binary.LittleEndian.PutUint32(s[20:], n) }

func (s step) flag(ok bool) {
	if ok {
		s.count(1)
	}
}

func (s step) err(err error) {
	if err == nil {
		return
	}
	n := uint32(1 << 16) // no error of the SDK has it
	if e, ok := err.(rex.Errno); ok {
		n = uint32(e)
	}
	binary.LittleEndian.PutUint32(s[16:], n)
}

func (s step) pointer(p *uint64) {
	s.flag(p != nil)
	if p != nil {
		s.result(*p)
	}
}

func do(ctx *xdp.Context, s step) {
	if s.op() == NilMap {
		s.pointer(nothing.Lookup(s.key()))
		return
	}
	switch s[1] {
	case Hash:
		table(hash, s)
	case LRUHash:
		table(lru, s)
	case PerCPUHash:
		table(perCPU, s)
	case LRUPerCPUHash:
		table(lruCPU, s)
	case Array:
		elements(array, s)
	case PerCPUArray:
		elements(cpus, s)
	case Trie:
		prefixes(s)
	case Queue:
		line(queue, s)
	case Stack:
		line(stack, s)
	case Bloom:
		filter(s)
	case Ring:
		ring(s)
	case Lock:
		locks(s)
	case Tasks:
		tasks(s)
	case Perf:
		perf(ctx, s)
	case Redirects:
		redirect(ctx, s)
	}
}

func prefixes(s step) {
	var p rex.Prefix[[4]byte]
	p.Bits = uint32(s[2])
	binary.BigEndian.PutUint32(p.Addr[:], s.key())
	switch s.op() {
	case Lookup:
		s.pointer(trie.Lookup(p.Addr))
	case Update:
		s.err(trie.Update(p, s.value()))
	case Insert:
		s.err(trie.Insert(p, s.value()))
	case Replace:
		s.err(trie.Replace(p, s.value()))
	case Delete:
		s.err(trie.Delete(p))
	}
}

func filter(s step) {
	switch s.op() {
	case Push:
		s.err(bloom.Add(s.value()))
	case Test:
		s.flag(bloom.Test(s.value()))
	}
}
