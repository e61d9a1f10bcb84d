// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"slices"
	"sync"
	"sync/atomic"
)

// MaxHeld is how many resources one invocation may hold at a time
// (REX_MAX_HELD in kmod/include/rex_res.h).
const MaxHeld = 16

// held is a resource that the running program has acquired.
type held struct {
	key     any
	release func()
}

var (
	heldMu sync.Mutex
	holds  []held
	nextID atomic.Uint64
)

// NextID returns a number that was never returned before.
func NextID() uint64 { return nextID.Add(1) }

// Hold records a resource under a key. It returns false when the program holds
// MaxHeld already.
func Hold(key any, release func()) bool {
	heldMu.Lock()
	defer heldMu.Unlock()
	if len(holds) >= MaxHeld {
		return false
	}
	holds = append(holds, held{key, release})
	return true
}

// HeldCount returns how many resources are held.
func HeldCount() int {
	heldMu.Lock()
	defer heldMu.Unlock()
	return len(holds)
}

// Held reports whether a resource is held.
func Held(key any) bool {
	heldMu.Lock()
	defer heldMu.Unlock()
	return slices.ContainsFunc(holds, func(h held) bool { return h.key == key })
}

// LockHeld reports whether a lock is held; a lock's key is the address of its
// word.
func LockHeld() bool {
	heldMu.Lock()
	defer heldMu.Unlock()
	return slices.ContainsFunc(holds, func(h held) bool { _, ok := h.key.(*uint32); return ok })
}

// Drop forgets a resource, whose owner releases it. It returns false when it is
// not held.
func Drop(key any) bool {
	heldMu.Lock()
	defer heldMu.Unlock()
	i := slices.IndexFunc(holds, func(h held) bool { return h.key == key })
	if i < 0 {
		return false
	}
	holds = slices.Delete(holds, i, i+1)
	return true
}

// releaseAll gives back what the program left behind, newest first.
func releaseAll() {
	heldMu.Lock()
	left := holds
	holds = nil
	heldMu.Unlock()
	for _, h := range slices.Backward(left) {
		h.release()
	}
}

// RuntimeError is a panic's value, worded as rex.ko's panics are.
type RuntimeError string

func (e RuntimeError) Error() string { return "runtime error: " + string(e) }

// RuntimeError makes it a runtime.Error, as the panics of Go's own checks are.
func (e RuntimeError) RuntimeError() {}
