// SPDX-License-Identifier: Apache-2.0

// Package tracex5 writes down the system calls of a process with their arguments,
// as strace does, by rules on their arguments such as a seccomp filter has.
package tracex5

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tracepoint"
)

// MaxText is the size of a call's text.
const MaxText = 244

// Call is a system call, written down.
type Call struct {
	PID  uint32
	Nr   uint32
	Len  uint32 // of Text
	Text [MaxText]byte
}

// Op compares an argument with a number.
type Op uint32

// The comparisons.
const (
	Always  Op = iota
	Equal      // argument == value
	Unequal    // argument != value
	AnyOf      // argument & value != 0
)

// Rule says which calls of a number are written down.
type Rule struct {
	Op    Op
	Arg   uint32 // index, 0 to 5
	Value uint64
}

var (
	// only has the process to look at; 0 stands for none.
	only = rex.NewArray[uint32](1)
	// rules has the rules by number; a call that has none is not written down.
	// Without any rule, every call is.
	rules = rex.NewHash[uint32, Rule](512)
	calls = rex.NewRingBuf(1 << 19)
	// lost counts the calls that found no room in calls.
	lost = rex.NewPerCPUArray[uint64](1)
	// strict has 1 when there are rules.
	strict = rex.NewArray[uint32](1)
)

// SysEnter is the record of raw_syscalls/sys_enter.
type SysEnter struct {
	ID   int64
	Args [6]uint64
}

// Enter is the program.
//
//rex:tracepoint raw_syscalls/sys_enter
func Enter(ctx *tracepoint.Context[SysEnter]) tracepoint.Action {
	if p := *only.Lookup(0); p == 0 || p != rex.TGID() {
		return tracepoint.Keep
	}
	r := ctx.Record()
	if !wanted(uint32(r.ID), &r.Args) {
		return tracepoint.Keep
	}
	rec := rex.Reserve[Call](calls)
	if rec == nil {
		*lost.Lookup(0)++
		return tracepoint.Keep
	}
	c := &rec.Value
	c.PID, c.Nr = rex.TGID(), uint32(r.ID)
	c.Len = uint32(copy(c.Text[:], describe(r.ID, &r.Args)))
	rec.Submit()
	return tracepoint.Keep
}

// wanted evaluates the rule for a call.
func wanted(nr uint32, args *[6]uint64) bool {
	rule := rules.Lookup(nr)
	if rule == nil {
		return *strict.Lookup(0) == 0
	}
	arg := args[rule.Arg%6]
	switch rule.Op {
	case Equal:
		return arg == rule.Value
	case Unequal:
		return arg != rule.Value
	case AnyOf:
		return arg&rule.Value != 0
	}
	return true
}
