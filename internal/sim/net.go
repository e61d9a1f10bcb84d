// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"slices"
)

var (
	interfaces []uint32
	fib        func(params *[64]byte, flags uint32) uint32
)

// SetInterfaces says which interfaces there are; nil is any but 0. It returns
// those before.
func SetInterfaces(indexes []uint32) (old []uint32) {
	mu.Lock()
	defer mu.Unlock()
	old, interfaces = interfaces, indexes
	return old
}

// HasInterface reports whether there is an interface.
func HasInterface(index uint32) bool {
	mu.Lock()
	defer mu.Unlock()
	if interfaces == nil {
		return index != 0
	}
	return slices.Contains(interfaces, index)
}

// SetFIB sets what looks up routes: it reads and writes a struct bpf_fib_lookup.
// It returns the one before.
func SetFIB(f func(params *[64]byte, flags uint32) uint32) (old func(*[64]byte, uint32) uint32) {
	mu.Lock()
	defer mu.Unlock()
	old, fib = fib, f
	return old
}

// LookupFIB looks up a route as bpf_fib_lookup does. Without SetFIB no packet is
// forwarded.
func LookupFIB(params *[64]byte, flags uint32) (result, errno uint32) {
	const (
		invalid     = 22 // EINVAL
		noFamily    = 97 // EAFNOSUPPORT
		noDevice    = 19 // ENODEV
		all         = 1<<6 - 1
		inet, inet6 = 2, 10
		notForward  = 4 // BPF_FIB_LKUP_RET_NOT_FWDED
	)
	mu.Lock()
	f := fib
	mu.Unlock()
	switch {
	case flags&^all != 0:
		return 0, invalid
	case params[0] != inet && params[0] != inet6:
		return 0, noFamily
	case !HasInterface(binary.LittleEndian.Uint32(params[8:])):
		return 0, noDevice
	case f == nil:
		return notForward, 0
	}
	return f(params, flags), 0
}
