// SPDX-License-Identifier: Apache-2.0

// Package moving sends packets elsewhere, whole or as copies, and hands metadata
// from XDP to TC.
package moving

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// Seen is what the programs saw.
type Seen struct {
	Copies, Errors, LastErr uint64
	MetaLen                 uint32
	Meta                    [8]byte
	Route                   uint32 // rex.FIBResult
	RouteErr                uint32
	Ifindex                 uint32
	DstMAC, SrcMAC          [6]byte
	NextHop                 [4]byte
	NapiID, TstampType      uint32
}

var (
	seen = rex.NewArray[Seen](1)
	// target is the interface that packets go to: index 0.
	target = rex.NewArray[uint32](1)
)

// Ports.
const (
	copies    = 7101
	route     = 7201
	neighbour = 7202
	peer      = 7203
	nextHop   = 7204
	unrouted  = 7205
)

const payload = 14 + 20 + 8

func port(b []byte) uint16 {
	if len(b) < payload+8 || b[12] != 8 || b[13] != 0 || b[14] != 0x45 || b[23] != 17 {
		return 0
	}
	return binary.BigEndian.Uint16(b[36:])
}

// old keeps a slice where the compiler does not see that it is stale: a function
// value that is called elsewhere has it.
type old struct{ b func() []byte }

func (o *old) keep(b []byte) { o.b = func() []byte { return b } }

func (o *old) scribble() {
	copy(o.b()[payload:], "SCRIBBLE")
}

// At handles packets that come in.
//
//rex:tc
func At(ctx *tc.Context) tc.Action {
	s, to := seen.Lookup(0), target.Lookup(0)
	if s == nil || to == nil || *to == 0 {
		return tc.Unspec
	}
	var o, own old
	data := ctx.Data()
	o.keep(data)
	switch port(data) {
	case copies:
		s.MetaLen = uint32(ctx.LoadMeta(s.Meta[:]))
		s.NapiID, s.TstampType = ctx.NapiID(), ctx.TstampType()
		// The first copy has the packet as it came.
		send(ctx, s, *to)
		o.scribble()
		b := ctx.Data()
		copy(b[payload:], "rewr")
		b[40], b[41] = 0, 0
		own.keep(b)
		// The second one sees what was written; then the packet goes on.
		send(ctx, s, *to)
		o.scribble()
		own.scribble()
		if err := ctx.StoreBytes([]byte("itten"), payload+4, 0); err != nil {
			s.Errors++
		}
		return tc.OK
	case route:
		return forward(ctx, s, *to)
	case neighbour:
		return ctx.RedirectNeighbour(*to)
	case peer:
		return ctx.RedirectPeer(*to)
	case nextHop:
		return ctx.RedirectNextHop(*to, tc.NextHop4([4]byte(data[30:34])))
	case unrouted:
		p := rex.NewFIBParams4([4]byte(data[26:30]), [4]byte{198, 51, 100, 1}, ctx.Ifindex())
		r, err := ctx.FIBLookup(&p, 0)
		s.Route, s.RouteErr = uint32(r), number(err)
		return tc.Shot
	}
	return tc.Unspec
}

func send(ctx *tc.Context, s *Seen, to uint32) {
	if err := ctx.CloneRedirect(to, 0); err != nil {
		s.Errors++
		s.LastErr = uint64(number(err))
		return
	}
	s.Copies++
}

func number(err error) uint32 {
	if e, ok := err.(rex.Errno); ok {
		return uint32(e)
	}
	return 0
}

// forward does what the kernel's own forwarding would.
func forward(ctx *tc.Context, s *Seen, to uint32) tc.Action {
	b := ctx.Data()
	p := rex.NewFIBParams4([4]byte(b[26:30]), [4]byte(b[30:34]), ctx.Ifindex())
	p.SetTransport(b[23], binary.BigEndian.Uint16(b[34:]), binary.BigEndian.Uint16(b[36:]))
	r, err := ctx.FIBLookup(&p, 0)
	s.Route, s.RouteErr = uint32(r), number(err)
	if r != rex.FIBSuccess || err != nil {
		return tc.Shot
	}
	s.Ifindex, s.DstMAC, s.SrcMAC, s.NextHop = p.Ifindex(), p.DstMAC(), p.SrcMAC(), p.NextHop4()
	dst, src := p.DstMAC(), p.SrcMAC()
	old := [2]byte(b[22:])
	b[22]--
	copy(b, dst[:])
	copy(b[6:], src[:])
	if err := ctx.ReplaceL3Checksum(24, packet.ChecksumDiff(old[:], b[22:24])); err != nil {
		s.Errors++
	}
	return ctx.Redirect(p.Ifindex(), 0)
}

// Note puts the beginning of the payload into the packet's metadata.
//
//rex:xdp
func Note(ctx *xdp.Context) xdp.Action {
	if port(ctx.Data()) != copies {
		return xdp.Pass
	}
	if err := ctx.AdjustMeta(-8); err != nil {
		return xdp.Drop
	}
	copy(ctx.Meta(), ctx.Data()[payload:])
	return xdp.Pass
}
