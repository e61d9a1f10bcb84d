// SPDX-License-Identifier: Apache-2.0

package rex

// StackFlags say which stack the methods StackID and Stack of a context take,
// and how much of it. They are combined with |; the zero value is the whole
// kernel stack.
type StackFlags uint64

// Flags of bpf_get_stackid and bpf_get_stack (include/uapi/linux/bpf.h).
const (
	// UserStack is the current task's stack in user space. It is walked by
	// frame pointers, which Go programs have; of others it may end early. The
	// caller of a function that has no frame of its own is missing.
	UserStack StackFlags = 1 << 8
	// CompareHashOnly makes StackID take two stacks with the same hash for
	// the same. It is faster.
	CompareHashOnly StackFlags = 1 << 9
	// ReplaceStack makes StackID put the stack in the place of another one
	// that has it, instead of failing. Ids that were given out for the other
	// then stand for this one. The table must not be full.
	ReplaceStack StackFlags = 1 << 10
)

// SkipFrames leaves out the n innermost frames, at most 255.
func SkipFrames(n uint8) StackFlags { return StackFlags(n) }

// StackDepth is how many frames of a stack there are at most: the outermost ones
// of deeper stacks are missing.
const StackDepth = 127
