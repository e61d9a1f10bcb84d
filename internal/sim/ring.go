// SPDX-License-Identifier: Apache-2.0

package sim

import "sync"

// Rings maps each *rex.RingBuf to its *Ring: the detour keeps host-only names
// out of the SDK's API.
var Rings sync.Map

// Ring is a ring buffer as kernel/bpf/ringbuf.c has it. What is reserved takes
// room until it is read, whether it was submitted or not.
type Ring struct {
	mu      sync.Mutex
	size    int
	used    int // since the last read
	records [][]byte
	// wakeups is how often a waiting reader would have been woken up.
	wakeups int
}

// Flags of bpf_ringbuf_submit (include/uapi/linux/bpf.h).
const (
	noWakeup    = 1 << 0
	forceWakeup = 1 << 1
)

// NewRing makes a ring of size bytes.
func NewRing(size int) *Ring {
	r := &Ring{size: size}
	OnReset(func() {
		r.Read()
		r.Wakeups()
	})
	return r
}

// header is the size in bytes of what stands before each record
// (BPF_RINGBUF_HDR_SZ).
const header = 8

// Reserve takes room for a record of n bytes, if there is.
func (r *Ring) Reserve(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	n = (n + header + 7) &^ 7
	// One byte stays free, to tell a full ring from an empty one.
	if n > r.size-1-r.used {
		return false
	}
	r.used += n
	return true
}

// Submit publishes a copy of a record for which room was reserved. The reader is
// woken up when it has read all there was, unless flags say otherwise.
func (r *Ring) Submit(b []byte, flags uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if flags&forceWakeup != 0 || flags&noWakeup == 0 && len(r.records) == 0 {
		r.wakeups++
	}
	r.records = append(r.records, append([]byte{}, b...))
}

// Read returns the records and makes room.
func (r *Ring) Read() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	records := r.records
	r.records, r.used = nil, 0
	return records
}

// Wakeups returns how often a reader was woken up since the last call.
func (r *Ring) Wakeups() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.wakeups
	r.wakeups = 0
	return n
}
