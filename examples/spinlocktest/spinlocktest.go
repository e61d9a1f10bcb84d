// SPDX-License-Identifier: Apache-2.0

// Package spinlocktest keeps books about which tasks run, by groups of tasks,
// under locks: two are held for each entry, and all of them for an audit.
package spinlocktest

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tracepoint"
)

// Groups is how many groups of tasks there are: a task's is its pid modulo
// Groups.
const Groups = 8

// Account is the state of a group. Whenever no lock is held, the balances of all
// accounts add up to zero.
type Account struct {
	Lock rex.SpinLock
	_    uint32
	Book
}

// Book is what an account's lock protects.
type Book struct {
	Balance int64  // tasks that have been switched to, less those switched away from
	Moves   uint64 // entries
}

// Audit is what the audits have found.
type Audit struct {
	Lock   rex.SpinLock
	_      uint32
	Done   uint64
	Wrong  uint64 // those where the balances did not add up
	LastBy uint64 // the CPU that did the last one
}

var (
	accounts = rex.NewArray[Account](Groups)
	audits   = rex.NewArray[Audit](1)
	switches = rex.NewPerCPUArray[uint64](1)
)

// auditEvery is how many switches of a CPU there are for each audit.
const auditEvery = 16

// Switch is the record of sched/sched_switch.
type Switch struct {
	PrevComm  [16]byte
	PrevPID   int32
	PrevPrio  int32
	PrevState int64
	NextComm  [16]byte
	NextPID   int32
}

// OnSwitch runs when a CPU goes from one task to another.
//
//rex:tracepoint sched/sched_switch
func OnSwitch(ctx *tracepoint.Context[Switch]) tracepoint.Action {
	r := ctx.Record()
	move(uint32(r.PrevPID)%Groups, uint32(r.NextPID)%Groups)
	if n := switches.Lookup(0); n != nil {
		if *n++; *n%auditEvery == 0 {
			audit()
		}
	}
	return tracepoint.Keep
}

// move makes an entry in two accounts at once. All who take more than one lock
// take them in the order of the accounts; otherwise two CPUs could wait for each
// other, which would end in a panic.
func move(from, to uint32) {
	if from == to {
		return
	}
	first, second := accounts.Lookup(min(from, to)), accounts.Lookup(max(from, to))
	first.Lock.Lock()
	defer first.Lock.Unlock()
	second.Lock.Lock()
	defer second.Lock.Unlock()
	a, b := accounts.Lookup(from), accounts.Lookup(to)
	a.Balance--
	a.Moves++
	b.Balance++
	b.Moves++
}

// audit adds up all balances while nobody can change them.
func audit() {
	sum := int64(0)
	for i := range uint32(Groups) {
		a := accounts.Lookup(i)
		a.Lock.Lock()
		defer a.Lock.Unlock()
		sum += a.Balance
	}
	r := audits.Lookup(0)
	rex.Locked(&r.Lock, func() {
		r.Done++
		r.LastBy = uint64(rex.CPU())
		if sum != 0 {
			r.Wrong++
		}
	})
}
