// SPDX-License-Identifier: Apache-2.0

package ops

import (
	"encoding/binary"

	"github.com/rex-go/rex"
)

// Event is a record of the ring buffer.
type Event struct {
	Value uint64
	Key   uint32
	Zero  uint32
}

// Account is what a lock protects.
type Account struct {
	Lock    rex.SpinLock
	Number  uint32
	Balance uint64
}

// Events is the ring buffer.
var Events = rex.NewRingBuf(4096)

var (
	accounts = rex.NewArray[Account](32)
	variable rex.SpinLock
)

func reserve(s step) *rex.Record[Event] {
	r := rex.Reserve[Event](Events)
	if r != nil {
		r.Value.Value, r.Value.Key = s.value(), s.key()
	}
	return r
}

func ring(s step) {
	switch s.op() {
	case Output:
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], s.value())
		s.err(Events.Output(b[:]))
		return
	case OutputFlags:
		s.err(Events.OutputFlags(s[:8], rex.RingBufFlags(s[2])))
		return
	case Fill:
		var n uint32
		for r := reserve(s); r != nil; r = reserve(s) {
			r.Submit()
			n++
		}
		s.count(n)
		return
	case Hold:
		var n uint32
		for range s.value() {
			if reserve(s) != nil {
				n++
			}
		}
		s.count(n)
		return
	}
	r := reserve(s)
	s.flag(r != nil)
	if r == nil {
		return
	}
	switch s.op() {
	case Submit:
		r.Submit()
	case SubmitFlags:
		r.SubmitFlags(rex.RingBufFlags(s[2]))
	case Discard:
		r.Discard()
	case SubmitTwice:
		again := *r
		r.Submit()
		again.Submit()
	case DiscardTwice:
		r.Discard()
		r.Discard()
	case SubmitDiscarded:
		r.Discard()
		r.Submit()
	}
}

func locks(s step) {
	a := accounts.Lookup(s.key())
	if s.op() == NilLock {
		a = accounts.Lookup(1 << 20)
		if a != nil {
			return
		}
		var none *rex.SpinLock
		none.Lock()
	}
	if a == nil {
		return
	}
	switch s.op() {
	case Locked:
		rex.Locked(&a.Lock, func() {
			a.Balance += s.value()
			s.pointer(&a.Balance)
		})
	case LockTwice:
		a.Lock.Lock()
		a.Lock.Lock()
	case Unlock:
		a.Lock.Unlock()
	case Keep:
		a.Lock.Lock()
		s.flag(true)
	case LockVariable:
		variable.Lock()
		s.flag(true)
		variable.Unlock()
	case LockMany:
		var n uint32
		for i := range uint32(s.value()) {
			if b := accounts.Lookup(i); b != nil {
				b.Lock.Lock()
				n++
			}
		}
		for i := range uint32(s.value()) {
			if b := accounts.Lookup(i); b != nil {
				b.Lock.Unlock()
			}
		}
		s.count(n)
	}
}
