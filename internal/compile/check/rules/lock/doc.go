// SPDX-License-Identifier: Apache-2.0

// Package lock reports locks that are copied or overwritten.
//
// A copy of a lock protects nothing. Worse, a lock in a map value is shared
// with other CPUs and with the kernel's own queue of waiters: overwriting it
// while it is taken would leave them waiting for ever, with interrupts off. So
// a value that holds a lock is made by a composite literal or a declaration,
// and from then on only pointed to.
package lock
