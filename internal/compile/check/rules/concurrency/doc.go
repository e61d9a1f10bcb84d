// SPDX-License-Identifier: Apache-2.0

// Package concurrency forbids goroutines and channels.
//
// A program runs to completion on one CPU, often with interrupts disabled: it
// can neither sleep nor wait, and nothing could schedule a goroutine or wake a
// receiver. What crosses CPUs or invocations goes through maps, locks and
// sync/atomic.
package concurrency
