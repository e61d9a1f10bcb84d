// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"fmt"

	"github.com/rex-go/rex/internal/sim"
)

// newTargets makes what the map m of a kind holds, and lets xdp.RedirectMap find it.
func newTargets(m any, kind string, maxEntries int) *sim.Targets {
	if maxEntries <= 0 {
		panic(fmt.Sprintf("rex.New%s: maxEntries is %d, not positive", kind, maxEntries))
	}
	announce(kind)
	t := sim.NewTargets(kind, maxEntries)
	t.AddMirror()
	sim.TargetMaps.Store(m, t)
	return t
}

// DevMap is an array of network interfaces that XDP programs send packets through
// (BPF_MAP_TYPE_DEVMAP): see xdp.RedirectMap. User space puts the interfaces' indexes
// in, as uint32; the kernel drops those of interfaces that vanish.
type DevMap struct {
	_ [0]func()
	t *sim.Targets
}

// NewDevMap makes an empty one with at most maxEntries entries, which must be a positive
// constant. Call it only to initialise a package-level variable.
func NewDevMap(maxEntries int) *DevMap {
	m := new(DevMap)
	m.t = newTargets(m, "DevMap", maxEntries)
	return m
}

// Lookup returns the index of the interface that stands under a key, false when there
// is none.
func (m *DevMap) Lookup(key uint32) (ifindex uint32, ok bool) {
	return m.t.Get(key)
}

// DevMapHash is a DevMap whose keys are any numbers, for example the interfaces'
// indexes themselves (BPF_MAP_TYPE_DEVMAP_HASH).
type DevMapHash struct {
	_ [0]func()
	t *sim.Targets
}

// NewDevMapHash makes an empty one with at most maxEntries entries, which must be a positive
// constant. Call it only to initialise a package-level variable.
func NewDevMapHash(maxEntries int) *DevMapHash {
	m := new(DevMapHash)
	m.t = newTargets(m, "DevMapHash", maxEntries)
	return m
}

// Lookup returns the index of the interface that stands under a key, false when there
// is none.
func (m *DevMapHash) Lookup(key uint32) (ifindex uint32, ok bool) {
	return m.t.Get(key)
}

// CPUMap is an array of CPUs that XDP programs send packets to, which then go on
// into the network stack there (BPF_MAP_TYPE_CPUMAP): see xdp.RedirectMap. The key is
// the CPU's number; user space puts in how many packets may wait for it, as uint32.
type CPUMap struct {
	_ [0]func()
	t *sim.Targets
}

// NewCPUMap makes an empty one with an element for each possible CPU. Call it only
// to initialise a package-level variable.
func NewCPUMap() *CPUMap {
	m := new(CPUMap)
	m.t = newTargets(m, "CPUMap", sim.NumCPU)
	return m
}

// XSKMap is an array of AF_XDP sockets that XDP programs hand packets to
// (BPF_MAP_TYPE_XSKMAP): see xdp.RedirectMap. User space puts the sockets' file
// descriptors in; a packet is accepted by the socket that is bound to the queue it
// came in on, which is why the key is mostly xdp.Context.RxQueueIndex.
type XSKMap struct {
	_ [0]func()
	t *sim.Targets
}

// NewXSKMap makes an empty one with at most maxEntries entries, which must be a positive
// constant. Call it only to initialise a package-level variable.
func NewXSKMap(maxEntries int) *XSKMap {
	m := new(XSKMap)
	m.t = newTargets(m, "XSKMap", maxEntries)
	return m
}
