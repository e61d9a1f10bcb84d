// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"hash/fnv"
	"sync"
)

// The simulated kernel's memory: pieces at addresses that tests give out.
// Structs have no layout; the offset of a member is a number that depends on
// its name only, and sums of offsets of nested members do not meet.

var objects struct {
	sync.Mutex
	pieces map[uint64][]byte
	absent map[string]bool
	next   uint64
	task   uint64
}

// firstAddress is where the kernel's half of the address space begins.
const firstAddress = 0xffff_8880_0000_0000

// structSpan is the distance of the addresses of two objects, in bytes: more
// than the offsets of members nested to any reasonable depth add up to.
const structSpan = 1 << 36

// FieldOffset returns the simulated offset of a struct's member.
func FieldOffset(structName, field string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(structName + "." + field))
	// Below 2^33, with room for a member of 4096 bytes.
	return h.Sum64() >> 43 << 12
}

// NewObject returns the address of a new kernel object.
func NewObject() uint64 {
	objects.Lock()
	defer objects.Unlock()
	objects.next++
	return firstAddress + objects.next*structSpan
}

// WriteObject puts bytes at an address.
func WriteObject(addr uint64, b []byte) {
	objects.Lock()
	defer objects.Unlock()
	if objects.pieces == nil {
		objects.pieces = map[uint64][]byte{}
	}
	objects.pieces[addr] = append([]byte(nil), b...)
}

// ReadObject fills b from an address; it returns false when not all of it lies
// in one piece.
func ReadObject(addr uint64, b []byte) bool {
	objects.Lock()
	defer objects.Unlock()
	if p, ok := objects.pieces[addr]; ok && len(p) >= len(b) {
		copy(b, p)
		return true
	}
	for at, p := range objects.pieces {
		if addr >= at && addr-at <= uint64(len(p)) && uint64(len(p))-(addr-at) >= uint64(len(b)) {
			copy(b, p[addr-at:])
			return true
		}
	}
	return false
}

// SetField says whether the simulated kernel has a struct's member.
func SetField(structName, field string, has bool) {
	objects.Lock()
	defer objects.Unlock()
	if objects.absent == nil {
		objects.absent = map[string]bool{}
	}
	objects.absent[structName+"."+field] = !has
}

// HasField reports whether the simulated kernel has a struct's member: all but
// those that SetField took away.
func HasField(structName, field string) bool {
	objects.Lock()
	defer objects.Unlock()
	return !objects.absent[structName+"."+field]
}

// SetTaskObject sets the address of the current task; it returns the one
// before.
func SetTaskObject(addr uint64) (old uint64) {
	objects.Lock()
	defer objects.Unlock()
	old, objects.task = objects.task, addr
	return old
}

// TaskObject returns the address of the current task, 0 when there is none.
func TaskObject() uint64 {
	objects.Lock()
	defer objects.Unlock()
	return objects.task
}
