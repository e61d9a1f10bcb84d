// SPDX-License-Identifier: Apache-2.0

package sim

import "encoding/binary"

// Mirrors of maps that user space cannot read or write entry by entry. Keys are
// uint32 in the order of x86-64.

// number is a map's key or value.
func number(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

// AddMirror registers a perf event array of samples of size bytes. Samples are
// numbered; each is its CPU and its bytes, which a packet's may follow. They can only
// be added.
func (p *PerfArray) AddMirror(size int) {
	AddMirror(func() map[string][][]byte { return nil }, func(entries map[string][][]byte) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i := range len(entries) {
			s := entries[Position(i)]
			data := s[1][:min(size, len(s[1]))]
			packet := s[1][len(data):]
			if len(packet) < 8 {
				packet = nil // the kernel rounds up
			}
			p.samples = append(p.samples, PerfSample{binary.LittleEndian.Uint32(s[0]), data, packet})
		}
	})
}

// AddMirror registers a table of stacks: ids with the addresses.
func (t *StackTable) AddMirror() {
	AddMirror(func() map[string][][]byte {
		t.mu.Lock()
		defer t.mu.Unlock()
		out := map[string][][]byte{}
		for id, stack := range t.stacks {
			var b []byte
			for _, addr := range stack {
				b = binary.LittleEndian.AppendUint64(b, addr)
			}
			out[string(number(id))] = [][]byte{b}
		}
		return out
	}, func(entries map[string][][]byte) {
		t.mu.Lock()
		defer t.mu.Unlock()
		clear(t.stacks)
		for id, values := range entries {
			stack := make([]uint64, len(values[0])/8)
			for i := range stack {
				stack[i] = binary.LittleEndian.Uint64(values[0][8*i:])
			}
			t.stacks[binary.LittleEndian.Uint32([]byte(id))] = stack
		}
	})
}

// AddMirror registers a map of targets, which only user space changes.
func (t *Targets) AddMirror() {
	AddMirror(func() map[string][][]byte {
		t.mu.Lock()
		defer t.mu.Unlock()
		out := map[string][][]byte{}
		for key, value := range t.entries {
			out[string(number(key))] = [][]byte{number(value)}
		}
		return out
	}, func(map[string][][]byte) {})
}
