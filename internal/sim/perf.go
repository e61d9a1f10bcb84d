// SPDX-License-Identifier: Apache-2.0

package sim

import "sync"

// PerfArrays maps each *rex.PerfEventArray to its *PerfArray, Counters each
// *rex.PerfCounters to its *PerfCounters, as Rings does.
var PerfArrays, Counters sync.Map

// More errors of the kernel.
const (
	eNotExist     = 2
	eTooBig       = 7
	eNotSupported = 95
)

// CurrentCPU is BPF_F_CURRENT_CPU.
const CurrentCPU = 1<<32 - 1

// maxSample is OUTPUT_MAX in kmod/src/perf.c.
const maxSample = 0xf000

// PerfSample is what a program wrote.
type PerfSample struct {
	CPU          uint32
	Data, Packet []byte
}

// PerfArray is a perf event array that is read on every CPU.
type PerfArray struct {
	mu      sync.Mutex
	samples []PerfSample
}

// NewPerfArray makes an empty one.
func NewPerfArray() *PerfArray {
	p := new(PerfArray)
	OnReset(func() { p.Read() })
	return p
}

// Read returns the samples and forgets them.
func (p *PerfArray) Read() []PerfSample {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.samples
	p.samples = nil
	return s
}

// PerfOutput writes a sample, and the first n bytes of packet, to the array m, a
// *rex.PerfEventArray. It returns an error number.
func PerfOutput(m any, index uint32, data, packet []byte, n int) uint32 {
	v, ok := PerfArrays.Load(m)
	if !ok {
		var none *PerfArray
		none.mu.Lock() // a nil map: the panic that Go has for it
	}
	switch {
	case len(data) > maxSample || n > maxSample-len(data):
		return eTooBig
	case n > len(packet):
		return eFault
	}
	if index == CurrentCPU {
		index = CPU()
	}
	switch {
	case index >= NumCPU:
		return eTooBig
	case index != CPU():
		return eNotSupported
	}
	p := v.(*PerfArray)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.samples = append(p.samples, PerfSample{index, append([]byte(nil), data...), append([]byte(nil), packet[:n]...)})
	return 0
}

// PerfCounters are counters by their CPUs.
type PerfCounters struct {
	mu     sync.Mutex
	values map[uint32][3]uint64
}

// NewPerfCounters makes an array without any.
func NewPerfCounters() *PerfCounters {
	c := &PerfCounters{values: map[uint32][3]uint64{}}
	OnReset(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		clear(c.values)
	})
	return c
}

// Set opens the counter of a CPU and sets it.
func (c *PerfCounters) Set(cpu uint32, v [3]uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[cpu] = v
}

// Read returns a counter or an error number.
func (c *PerfCounters) Read(index uint32) ([3]uint64, uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if index == CurrentCPU {
		index = CPU()
	}
	if index >= NumCPU {
		return [3]uint64{}, eTooBig
	}
	v, ok := c.values[index]
	switch {
	case !ok:
		return v, eNotExist
	case index != CPU():
		return [3]uint64{}, eInvalid
	}
	return v, 0
}
