// SPDX-License-Identifier: Apache-2.0

// Package traceevent samples what the processors do, many times a second: the
// stacks of the kernel and of the program that runs.
package traceevent

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/perfevent"
)

// None stands for a stack that is not there: a sample in user space has none in
// the kernel, and a kernel thread has none in user space.
const None = 1<<32 - 1

// Key says what was running.
type Key struct {
	PID          uint32
	Kernel, User uint32 // ids of stacks
	Comm         [16]byte
}

// The rows of lost.
const (
	NoStack = iota // stacks that found no place in stacks
	NoCount        // samples that found no place in counts
	NumLost
)

var (
	// only has the process to look at; 0 stands for all.
	only   = rex.NewArray[uint32](1)
	stacks = rex.NewStackTrace(65536)
	counts = rex.NewHash[Key, uint64](16384)
	lost   = rex.NewPerCPUArray[uint64](NumLost)
)

// Sample is the program.
//
//rex:perfevent
func Sample(ctx *perfevent.Context) perfevent.Action {
	if p := *only.Lookup(0); p != 0 && p != rex.TGID() {
		return perfevent.Discard
	}
	key := Key{PID: rex.TGID(), Kernel: stack(ctx, 0), User: stack(ctx, rex.UserStack), Comm: rex.Comm()}
	n, _, err := counts.LoadOrStore(key, 0)
	if err != nil {
		*lost.Lookup(NoCount)++
		return perfevent.Discard
	}
	atomic.AddUint64(n, 1)
	return perfevent.Discard
}

// stack returns the id of a stack.
func stack(ctx *perfevent.Context, flags rex.StackFlags) uint32 {
	id, err := ctx.StackID(stacks, flags)
	switch err {
	case nil:
		return id
	case rex.ErrFault:
		return None
	}
	*lost.Lookup(NoStack)++
	return None
}
