// SPDX-License-Identifier: Apache-2.0

// Package moves does with a packet what the map Steps says, at TC and at XDP, and
// after each step uses a slice that it took before.
package moves

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// Step is a call and its outcome.
type Step struct {
	// Op is the call, A, B and C are its arguments.
	Op     uint32
	B      uint32
	A, C   int64
	From   [8]byte
	Text   [8]byte
	Err    uint32
	Result uint32
	Len    uint32 // of the packet afterwards
	Linear uint32 // what Data has of it
	Old    uint32 // how many bytes of the older slice are as they were
	Lost   uint32 // whether a write through the older slice was lost
	First  [48]byte
	Proto  uint32
	VLAN   uint32
	Hash   uint32 // whether there is one
	Type   uint32
}

// MaxSteps is how many steps there may be.
const MaxSteps = 8

// Steps holds the steps.
var Steps = rex.NewArray[Step](MaxSteps)

// Calls.
const (
	End = iota
	Store
	Pull
	Head
	Tail
	Proto
	Type
	Room
	PushVLAN
	PopVLAN
	L3Checksum
	L4Checksum
	UpdateChecksum
	RecalcHash
	SetHash
	InvalidateHash
	Clone
	Redirect
	RedirectPeer
	RedirectNeighbour
	RedirectNextHop
	LoadMeta
	LockedClone
	StoreOwn
	FIB
	AdjustHead
	AdjustTail
	AdjustMeta
	WriteMeta
	Nothing
	// Many takes a slice and moves the packet, A times or until it fails.
	Many
)

var lock rex.SpinLock

func errno(err error) uint32 {
	if err == nil {
		return 0
	}
	if e, ok := err.(rex.Errno); ok {
		return uint32(e)
	}
	return 1 << 16
}

// older is a slice taken before a step. A function value that is called elsewhere
// keeps the compiler from seeing that the slice is stale.
type older struct {
	b    func() []byte
	copy [64]byte
	n    int
}

func (o *older) take(b []byte) {
	o.b = func() []byte { return b }
	o.n = copy(o.copy[:], b)
}

// look uses the older slice after the step.
func (o *older) look(s *Step, now []byte) {
	b := o.b()
	for i := range o.n {
		if b[i] == o.copy[i] {
			s.Old++
		}
	}
	// The last byte of both: what is written must be lost, or be in the packet.
	if len(b) == 0 || len(now) == 0 {
		return
	}
	before := sum(now)
	b[len(b)-1] ^= 0xff
	if sum(now) == before {
		s.Lost = 1
	}
	b[len(b)-1] ^= 0xff
}

func sum(b []byte) (n uint32) {
	for i, c := range b {
		n = n*31 + uint32(c) + uint32(i)
	}
	return n
}

// At runs the steps on a packet of the network stack.
//
//rex:tc onpanic=continue
func At(ctx *tc.Context) tc.Action {
	verdict := tc.OK
	for i := range uint32(MaxSteps) {
		s := Steps.Lookup(i)
		if s == nil || s.Op == End {
			break
		}
		var o older
		o.take(ctx.Data())
		if v := step(ctx, s); v != tc.Unspec {
			verdict = v
		}
		now := ctx.Data()
		o.look(s, now)
		s.Len, s.Linear = ctx.Len(), uint32(len(now))
		copy(s.First[:], now)
		s.Proto, s.Type = uint32(ctx.Protocol()), ctx.PacketType()
		s.VLAN = 0
		if ctx.VLANPresent() {
			s.VLAN = uint32(ctx.VLANProto())<<16 | uint32(ctx.VLANTCI())
		}
		s.Hash = min(ctx.Hash(), 1)
	}
	return verdict
}

func step(ctx *tc.Context, s *Step) tc.Action {
	a := int(s.A)
	diff := packet.ChecksumDiff(s.From[:4], s.Text[:4])
	switch s.Op {
	case Store:
		s.Err = errno(ctx.StoreBytes(s.Text[:], a, tc.StoreFlags(s.C)))
	case StoreOwn:
		if b := ctx.Data(); len(b) >= 8 {
			s.Err = errno(ctx.StoreBytes(b[:8], a, 0))
		}
	case Pull:
		s.Err = errno(ctx.PullData(a))
	case Head:
		s.Err = errno(ctx.ChangeHead(a))
	case Tail:
		s.Err = errno(ctx.ChangeTail(a))
	case Proto:
		s.Err = errno(ctx.ChangeProto(uint16(s.A)))
	case Type:
		s.Err = errno(ctx.ChangeType(s.B))
	case Room:
		s.Err = errno(ctx.AdjustRoom(a, tc.RoomMode(s.B), tc.RoomFlags(s.C)))
	case PushVLAN:
		s.Err = errno(ctx.PushVLAN(uint16(s.A), uint16(s.B)))
	case PopVLAN:
		s.Err = errno(ctx.PopVLAN())
	case L3Checksum:
		s.Err = errno(ctx.ReplaceL3Checksum(a, diff))
	case L4Checksum:
		s.Err = errno(ctx.ReplaceL4Checksum(a, diff, tc.L4Flags(s.C)))
	case UpdateChecksum:
		s.Err = errno(ctx.UpdateChecksum(diff))
	case RecalcHash:
		if h := ctx.RecalcHash(); h != ctx.Hash() {
			s.Result = 1
		}
	case SetHash:
		ctx.SetHash(s.B)
		s.Result = ctx.RecalcHash()
	case InvalidateHash:
		ctx.InvalidateHash()
	case Clone:
		s.Err = errno(ctx.CloneRedirect(s.B, tc.RedirectFlags(s.C)))
	case LockedClone:
		lock.Lock()
		s.Err = errno(ctx.CloneRedirect(s.B, 0))
	case Redirect:
		return ctx.Redirect(s.B, tc.RedirectFlags(s.C))
	case RedirectPeer:
		return ctx.RedirectPeer(s.B)
	case RedirectNeighbour:
		return ctx.RedirectNeighbour(s.B)
	case RedirectNextHop:
		return ctx.RedirectNextHop(s.B, tc.NextHop4([4]byte(s.From[:])))
	case Many:
		for range a {
			b := ctx.Data()
			if len(b) == 0 {
				break
			}
			if err := ctx.ChangeHead(1); err != nil {
				s.Err = errno(err)
				break
			}
			s.Result++
		}
	case LoadMeta:
		var b [8]byte
		s.Result = uint32(ctx.LoadMeta(b[:]))
		s.Text = b
	case FIB:
		p := rex.NewFIBParams4([4]byte(s.From[:]), [4]byte(s.Text[:]), s.B)
		r, err := ctx.FIBLookup(&p, rex.FIBFlags(s.C))
		s.Result, s.Err = uint32(r), errno(err)
	}
	return tc.Unspec
}

// In runs the steps on a received packet.
//
//rex:xdp onpanic=continue
func In(ctx *xdp.Context) xdp.Action {
	for i := range uint32(MaxSteps) {
		s := Steps.Lookup(i)
		if s == nil || s.Op == End {
			break
		}
		var o, m older
		o.take(ctx.Data())
		m.take(ctx.Meta())
		a := int(s.A)
		switch s.Op {
		case AdjustHead:
			s.Err = errno(ctx.AdjustHead(a))
		case AdjustTail:
			s.Err = errno(ctx.AdjustTail(a))
		case AdjustMeta:
			s.Err = errno(ctx.AdjustMeta(a))
		case WriteMeta:
			s.Result = uint32(copy(ctx.Meta(), s.Text[:]))
		case FIB:
			p := rex.NewFIBParams4([4]byte(s.From[:]), [4]byte(s.Text[:]), s.B)
			r, err := ctx.FIBLookup(&p, rex.FIBFlags(s.C))
			s.Result, s.Err = uint32(r), errno(err)
		}
		now := ctx.Data()
		o.look(s, now)
		meta := m.b()
		for j := range meta {
			meta[j] = meta[j] // stays in bounds of the buffer
		}
		s.Len, s.Linear = uint32(len(now)), uint32(len(ctx.Meta()))
		copy(s.First[:], now)
	}
	return xdp.Drop
}
