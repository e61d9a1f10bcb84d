// SPDX-License-Identifier: Apache-2.0

package sim

import "sync"

// TargetMaps maps each map that one can redirect to to its *Targets, as Rings does.
var TargetMaps sync.Map

// Targets are the entries of such a map.
type Targets struct {
	kind    string
	mu      sync.Mutex
	max     int
	entries map[uint32]uint32
}

// NewTargets makes an empty map; kind is its type in package rex.
func NewTargets(kind string, max int) *Targets {
	t := &Targets{kind: kind, max: max, entries: map[uint32]uint32{}}
	OnReset(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		clear(t.entries)
	})
	return t
}

// Set puts an entry in and returns an error number.
func (t *Targets) Set(key, value uint32) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, present := t.entries[key]
	if t.kind == "DevMapHash" && !present && len(t.entries) >= t.max || t.kind != "DevMapHash" && int(key) >= t.max {
		return eTooBig
	}
	t.entries[key] = value
	return 0
}

// Get returns an entry.
func (t *Targets) Get(key uint32) (uint32, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.entries[key]
	return v, ok
}

// Redirect is where a program has sent its packet.
type Redirect struct {
	// Ifindex is an interface's index, when Map is nil.
	Ifindex uint32
	Map     any
	Key     uint32
	Flags   uint64
	// Value is the entry's; it means nothing for a broadcast.
	Value uint32
}

var redirected Redirect

// SetRedirect notes where a packet is to go.
func SetRedirect(r Redirect) {
	mu.Lock()
	defer mu.Unlock()
	redirected = r
}

// Redirected returns where the last packet was to go.
func Redirected() Redirect {
	mu.Lock()
	defer mu.Unlock()
	return redirected
}

// Verdicts, and flags of bpf_redirect_map (include/uapi/linux/bpf.h).
const (
	xdpAborted       = 0
	xdpRedirect      = 4
	redirectVerdicts = 3
	broadcast        = 1 << 3
	excludeIngress   = 1 << 4
)

// RedirectMap is __bpf_xdp_redirect_map() in include/linux/filter.h.
func RedirectMap(m any, key uint32, flags uint64) uint32 {
	v, ok := TargetMaps.Load(m)
	if !ok {
		var none *Targets
		none.mu.Lock() // a nil map: the panic that Go has for it
	}
	t := v.(*Targets)
	known := uint64(redirectVerdicts)
	if t.kind == "DevMap" || t.kind == "DevMapHash" {
		known |= broadcast | excludeIngress
	}
	if flags&^known != 0 {
		return xdpAborted
	}
	value, ok := t.Get(key)
	if !ok && flags&broadcast == 0 {
		return uint32(flags & redirectVerdicts)
	}
	SetRedirect(Redirect{Map: m, Key: key, Flags: flags, Value: value})
	return xdpRedirect
}
