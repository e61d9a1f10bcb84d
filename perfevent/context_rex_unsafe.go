// SPDX-License-Identifier: Apache-2.0

//go:build rex

package perfevent

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/rt"
)

// Context is the sample. It is valid during the invocation it was passed to.
type Context struct {
	_    [0]func()
	head byte // the first byte of the struct bpf_perf_event_data_kern
}

// SAFETY (all uses of unsafe in this file): c is the struct
// bpf_perf_event_data_kern that the kernel passed to the program, for nothing
// else makes a Context, and a nil one panics where its head's address is taken.
// Its pointers are valid during the invocation, the offsets are the target
// kernel's.

// field returns the address of a member of a kernel struct.
func field[T any](base unsafe.Pointer, off uintptr) *T {
	return (*T)(unsafe.Add(base, off))
}

func (c *Context) data() unsafe.Pointer {
	return *field[unsafe.Pointer](unsafe.Pointer(&c.head), rt.FieldOffset("bpf_perf_event_data_kern", "data"))
}

// Registers returns a copy of the registers at the point that was sampled, which
// may be in user space.
func (c *Context) Registers() rex.Registers {
	// SAFETY: regs points to a struct pt_regs, which rex.Registers is.
	return **field[*rex.Registers](unsafe.Pointer(&c.head), rt.FieldOffset("bpf_perf_event_data_kern", "regs"))
}

// IP returns the address of the instruction that was sampled.
func (c *Context) IP() uint64 { return c.Registers().RIP }

// Period returns how much the event counted since the sample before: the sample's
// weight.
func (c *Context) Period() uint64 {
	return *field[uint64](c.data(), rt.FieldOffset("perf_sample_data", "period"))
}

// Address returns the data address of the sample, for events that have one; 0
// otherwise.
func (c *Context) Address() uint64 {
	const sampleAddr = 1 << 3 // PERF_SAMPLE_ADDR: the member has been set
	d := c.data()
	if *field[uint64](d, rt.FieldOffset("perf_sample_data", "sample_flags"))&sampleAddr == 0 {
		return 0
	}
	return *field[uint64](d, rt.FieldOffset("perf_sample_data", "addr"))
}

// Counter reads the event's counter. It fails for events that child tasks
// inherit, with an rex.Errno.
func (c *Context) Counter() (Counter, error) {
	var v Counter
	// SAFETY: the helper writes three uint64, which v is.
	if r := rt.PerfEventCounter(unsafe.Pointer(&c.head), unsafe.Pointer(&v)); r != 0 {
		return v, rex.Errno(-r)
	}
	return v, nil
}
