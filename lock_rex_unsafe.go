// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

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
	// SAFETY: l addresses four bytes that are a SpinLock for as long as the
	// invocation lasts: map values stay allocated until its end, variables
	// until the extension goes, and arena memory until the next invocation.
	// The helper refuses memory of the stack, the one kind that is used for
	// something else before the invocation has ended. Nothing else writes to
	// the word: the compiler refuses to overwrite or copy a SpinLock.
	rt.Lock(unsafe.Pointer(&l.word))
}

// Unlock releases the lock.
func (l *SpinLock) Unlock() {
	// SAFETY: the helper only compares the address with those of the locks
	// that this invocation holds, and writes to the lock that it finds.
	rt.Unlock(unsafe.Pointer(&l.word))
}

// Locked calls f while it holds l.
func Locked(l *SpinLock, f func()) {
	l.Lock()
	f()
	l.Unlock()
}
