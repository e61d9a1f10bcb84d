// SPDX-License-Identifier: Apache-2.0

// Package misuse has a program for each way to use the SDK wrongly that the
// compiler lets through. None may do damage: it ends in a panic, or means
// something harmless.
package misuse

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

// Event is what the ring carries.
type Event struct{ N uint64 }

// Locked is a value with a lock.
type Locked struct {
	Lock rex.SpinLock
	_    uint32
	N    uint64
}

var (
	ring  = rex.NewRingBuf(4096)
	table = rex.NewHash[uint32, uint64](4)
	locks = rex.NewArray[Locked](1)
)

// DoubleSubmit submits a record twice.
//
//rex:xdp onpanic=continue
func DoubleSubmit(*xdp.Context) xdp.Action {
	if r := rex.Reserve[Event](ring); r != nil {
		r.Submit()
		r.Submit()
	}
	return xdp.Drop
}

// SubmitDiscarded submits a record that was given back.
//
//rex:xdp onpanic=continue
func SubmitDiscarded(*xdp.Context) xdp.Action {
	if r := rex.Reserve[Event](ring); r != nil {
		r.Discard()
		r.Submit()
	}
	return xdp.Drop
}

// Unlock unlocks what is not locked.
//
//rex:xdp onpanic=continue
func Unlock(*xdp.Context) xdp.Action {
	if v := locks.Lookup(0); v != nil {
		v.Lock.Unlock()
	}
	return xdp.Drop
}

// LockTwice takes a lock that it holds.
//
//rex:xdp onpanic=continue
func LockTwice(*xdp.Context) xdp.Action {
	if v := locks.Lookup(0); v != nil {
		v.Lock.Lock()
		v.Lock.Lock()
	}
	return xdp.Drop
}

// KeepPointer uses a map's value after it was deleted: the write is lost.
//
//rex:xdp onpanic=continue
func KeepPointer(*xdp.Context) xdp.Action {
	if table.Update(1, 5) != nil {
		return xdp.Aborted
	}
	p := table.Lookup(1)
	if p == nil || table.Delete(1) != nil {
		return xdp.Aborted
	}
	// In a closure, where the compiler does not follow it.
	write := func() { *p = 77 }
	write()
	if *p != 77 || table.Lookup(1) != nil {
		return xdp.Aborted
	}
	return xdp.TX
}

// StaleSlice uses a slice of the packet after its ends were moved: it shows the
// same bytes.
//
//rex:xdp onpanic=continue
func StaleSlice(ctx *xdp.Context) xdp.Action {
	// In a map, where the compiler does not follow it.
	slices := map[string][]byte{"old": ctx.Data()}
	n, last := len(ctx.Data()), ctx.Data()[len(ctx.Data())-1]
	if ctx.AdjustHead(4) != nil || ctx.AdjustTail(-4) != nil {
		return xdp.Aborted
	}
	old := slices["old"]
	if len(old) != n || old[n-1] != last || len(ctx.Data()) != n-8 || ctx.Data()[0] != old[4] {
		return xdp.Drop
	}
	return xdp.TX
}

// BeyondPacket reads behind the packet's end through the new, shorter slice.
//
//rex:xdp onpanic=continue
func BeyondPacket(ctx *xdp.Context) xdp.Action {
	n := len(ctx.Data())
	if ctx.AdjustTail(-4) != nil {
		return xdp.Aborted
	}
	return xdp.Action(ctx.Data()[n-1])
}
