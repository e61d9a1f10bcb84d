// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import "github.com/rex-go/rex/internal/sim"

// SpinLock is a lock in a map value (of a Hash or Array, one for each value) or
// a package-level variable. Its zero value is not taken. In a map value it
// excludes also BPF programs, and user space that works with BPF_F_LOCK; the
// kernel's own copying of values leaves it alone.
//
// Interrupts are off while a program holds a lock, so hold it briefly: after 8
// milliseconds a loop that runs meanwhile ends in a panic. More than one may be
// held. Taking one twice, a deadlock between CPUs, unlocking what is not held,
// and waiting for longer than the program's time budget are panics. What is
// still held when the program ends, in whatever way, is released, the last one
// taken first.
//
// A SpinLock, and a struct that holds one, cannot be copied or assigned to.
type SpinLock struct{ word uint32 }

// Lock takes the lock.
func (l *SpinLock) Lock() {
	if sim.Held(&l.word) {
		panic(sim.RuntimeError("lock: taken twice"))
	}
	if !sim.Hold(&l.word, func() {}) {
		panic(sim.RuntimeError("lock: too many resources held"))
	}
}

// Unlock releases the lock.
func (l *SpinLock) Unlock() {
	if !sim.Drop(&l.word) {
		panic(sim.RuntimeError("lock: unlock of a lock that is not held"))
	}
}

// Locked calls f while it holds l.
func Locked(l *SpinLock, f func()) {
	l.Lock()
	defer l.Unlock()
	f()
}
