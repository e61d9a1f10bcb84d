// SPDX-License-Identifier: Apache-2.0

// Package sim is the state of the simulated machine that the SDK's host
// implementation runs on: CPUs, clock, log, and a list of the maps. The SDK
// packages read it, package rextest controls it. It is never compiled into an
// extension.
//
// Programs run one at a time: the lock taken by Run stands for the one machine,
// so per-CPU values need no further care.
package sim

import (
	"sync"
	"sync/atomic"
	"time"
)

// NumCPU is how many CPUs the simulated machine has.
const NumCPU = 4

// Record is a log record.
type Record struct {
	Level uint32
	Msg   string
}

var (
	running sync.Mutex // held while a program runs
	cpu     atomic.Uint32

	mu     sync.Mutex // guards what follows
	clock  func() uint64
	sink   func(Record)
	resets []func()

	boot = time.Now()
)

// Run runs f on a CPU, which is below NumCPU, while nothing else runs. f must
// not call Run.
func Run(onCPU uint32, f func()) {
	running.Lock()
	defer running.Unlock()
	cpu.Store(onCPU)
	defer cpu.Store(0)
	defer releaseAll()
	f()
}

// CPU returns the number of the running program's CPU, 0 when none runs.
func CPU() uint32 { return cpu.Load() }

// Now returns the simulated CLOCK_MONOTONIC in nanoseconds.
func Now() uint64 {
	mu.Lock()
	f := clock
	mu.Unlock()
	if f != nil {
		return f()
	}
	return uint64(time.Since(boot))
}

// SetClock replaces the clock, nil puts the real one back. It returns the one
// before.
func SetClock(f func() uint64) (old func() uint64) {
	mu.Lock()
	defer mu.Unlock()
	old, clock = clock, f
	return old
}

// Log hands a record to the sink, if there is one.
func Log(level uint32, msg string) {
	mu.Lock()
	f := sink
	mu.Unlock()
	if f != nil {
		f(Record{level, msg})
	}
}

// SetSink sets where log records go, nil for nowhere. It returns the one before.
func SetSink(f func(Record)) (old func(Record)) {
	mu.Lock()
	defer mu.Unlock()
	old, sink = sink, f
	return old
}

// OnReset adds a function that puts a map into the state just after load.
func OnReset(f func()) {
	mu.Lock()
	defer mu.Unlock()
	resets = append(resets, f)
}

// Reset puts every map of the process into the state just after load.
func Reset() {
	mu.Lock()
	fs := resets
	mu.Unlock()
	for _, f := range fs {
		f()
	}
}

// XDP describes the packet of a simulated XDP context.
type XDP struct {
	// Meta is the metadata in front of the packet.
	Data, Meta     []byte
	IngressIfindex uint32
	RxQueueIndex   uint32
}

// NewXDP makes a *xdp.Context; package xdp sets it. The detour keeps host-only
// names out of xdp's API.
var NewXDP func(XDP) any
