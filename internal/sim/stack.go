// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"hash/fnv"
	"slices"
	"sync"
)

// StackTables maps each *rex.StackTrace to its *StackTable, as Rings does.
var StackTables sync.Map

// Flags of bpf_get_stackid and bpf_get_stack (include/uapi/linux/bpf.h).
const (
	stackSkip    = 0xff
	stackUser    = 1 << 8
	stackReplace = 1 << 10
	stackCopies  = stackSkip | stackUser
	stackIDs     = stackCopies | 1<<9 | stackReplace
	stackDepth   = 127
)

// Errors of the kernel, as rex.Errno has them.
const (
	eNoMemory = 12
	eFault    = 14
	eExist    = 17
	eInvalid  = 22
)

// StackTable is a stack trace map as kernel/bpf/stackmap.c has it: the id of a
// stack is a part of its hash, and so the place where it is kept.
type StackTable struct {
	mu     sync.Mutex
	max    int
	places uint32
	stacks map[uint32][]uint64
}

// NewStackTable makes a table of max stacks.
func NewStackTable(max int) *StackTable {
	t := &StackTable{max: max, places: 1, stacks: map[uint32][]uint64{}}
	for int(t.places) < max {
		t.places *= 2
	}
	OnReset(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		clear(t.stacks)
	})
	return t
}

// Get returns the stack with an id, nil when there is none.
func (t *StackTable) Get(id uint32) []uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.stacks[id])
}

// StackID stores the interrupted stack in the map m, a *rex.StackTrace. It
// returns its id or an error number.
func StackID(m any, flags uint64) (uint32, uint32) {
	v, ok := StackTables.Load(m)
	if !ok {
		var none *StackTable
		none.mu.Lock() // a nil map: the panic that Go has for it
	}
	t := v.(*StackTable)
	if flags&^stackIDs != 0 {
		return 0, eInvalid
	}
	stack := interrupted(flags)
	skip := int(flags & stackSkip)
	if len(stack) <= skip {
		return 0, eFault
	}
	stack = stack[skip:]
	stack = stack[:min(len(stack), stackDepth)]
	h := fnv.New32a()
	for _, addr := range stack {
		for i := range 8 {
			h.Write([]byte{byte(addr >> (8 * i))})
		}
	}
	id := h.Sum32() & (t.places - 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	old, taken := t.stacks[id]
	if taken && !slices.Equal(old, stack) && flags&stackReplace == 0 {
		return 0, eExist
	}
	if !(taken && slices.Equal(old, stack)) && len(t.stacks) >= t.max {
		return 0, eNoMemory // the old one's memory is free only afterwards
	}
	t.stacks[id] = slices.Clone(stack)
	return id, 0
}

// Stack copies the interrupted stack and returns how much of dst it takes,
// or an error number.
func Stack(dst []uint64, flags uint64) (int, uint32) {
	clear(dst)
	if flags&^stackCopies != 0 {
		return 0, eInvalid
	}
	stack := interrupted(flags)
	skip := int(flags & stackSkip)
	if len(stack) < skip {
		return 0, eFault
	}
	return copy(dst, stack[skip:]), 0
}

var stacks struct{ kernel, user []uint64 }

func interrupted(flags uint64) []uint64 {
	mu.Lock()
	defer mu.Unlock()
	s := stacks.kernel
	if flags&stackUser != 0 {
		s = stacks.user
	}
	return s[:min(len(s), stackDepth)]
}

// SetStacks says what programs interrupt, innermost frame first. It returns what
// it was before.
func SetStacks(kernel, user []uint64) (oldKernel, oldUser []uint64) {
	mu.Lock()
	defer mu.Unlock()
	oldKernel, oldUser = stacks.kernel, stacks.user
	stacks.kernel, stacks.user = kernel, user
	return oldKernel, oldUser
}
