// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
)

// SKB is a packet in the network stack.
type SKB struct {
	// Data is the packet's linear part from the link-layer header on, Paged
	// what follows it.
	Data, Paged []byte
	// Protocol is the EtherType; 0 stands for the one in Data.
	Protocol                         uint16
	Mark, Priority, Hash, PacketType uint32
	QueueMapping, TCIndex, ClassID   uint16
	Ifindex, IngressIfindex          uint32
	VLANPresent                      bool
	VLANTCI, VLANProto               uint16
	GSOSize, GSOSegs                 uint16
	// WireLen is the packet's length when it is 0.
	WireLen            uint32
	Tstamp, HWTstamp   uint64
	TstampType, NapiID uint32
	CB                 [5]uint32
	// Meta is the metadata that an XDP program has left.
	Meta []byte
	// Socket is nil when the packet has none.
	Socket *tc.Socket
	// Encapsulated: there is an inner packet.
	Encapsulated bool

	// The rest is what RunTC returns: the copies that CloneRedirect sent, and
	// where the packet goes when the verdict is tc.Redirect.
	Sent   []Sent
	Target *Target
}

// Sent is a copy of a packet that a program has sent.
type Sent struct {
	Ifindex uint32
	// Ingress: it came in at the interface, rather than going out.
	Ingress bool
	Data    []byte
}

// Target is where a packet is redirected to.
type Target struct {
	Ifindex uint32
	// Ingress, Peer and Neighbour tell the redirect calls apart.
	Ingress, Peer, Neighbour bool
	// IPv6 and NextHop are what RedirectNextHop was given.
	IPv6    bool
	NextHop [16]byte
}

// TCProgram is a TC program.
type TCProgram = func(*tc.Context) tc.Action

// RunTC runs a program on a copy of a packet. It returns the verdict and the
// packet as the program left it. In the kernel (VM) these are the bytes, Mark,
// Priority, Tstamp and CB.
func RunTC(t testing.TB, prog TCProgram, p SKB) (tc.Action, SKB) {
	t.Helper()
	if inKernel() {
		return tcInKernel(t, prog, p)
	}
	s := p.simulated()
	ctx := new(tc.Context)
	defer sim.Bind(ctx, s)()
	var action tc.Action
	sim.Run(0, func() { action = prog(ctx) })
	p.readBack(s)
	return action, p
}

// simulated returns the packet for the host implementation.
func (p *SKB) simulated() *sim.SKB {
	const header = 14 // of Ethernet
	s := &sim.SKB{
		Linear: slices.Clone(p.Data), Paged: slices.Clone(p.Paged), Meta: slices.Clone(p.Meta),
		Protocol: p.Protocol, Mark: p.Mark, Priority: p.Priority, Hash: p.Hash, PacketType: p.PacketType,
		QueueMapping: p.QueueMapping, TCIndex: p.TCIndex, ClassID: p.ClassID,
		Ifindex: p.Ifindex, IngressIfindex: p.IngressIfindex,
		VLANPresent: p.VLANPresent, VLANTCI: p.VLANTCI, VLANProto: p.VLANProto,
		GSOSize: p.GSOSize, GSOSegs: p.GSOSegs, WireLen: p.WireLen,
		Tstamp: p.Tstamp, HWTstamp: p.HWTstamp, TstampType: p.TstampType, NapiID: p.NapiID, CB: p.CB,
		Network: min(header, len(p.Data)), Encapsulated: p.Encapsulated,
	}
	if s.Protocol == 0 && len(p.Data) >= header {
		if t := binary.BigEndian.Uint16(p.Data[header-2:]); t >= 1536 {
			s.Protocol = t
		}
	}
	if _, b, _ := packet.ParseEthernet(p.Data); s.GSOSize != 0 {
		if ip, _, ok := packet.ParseIPv4(b); ok {
			s.Segmented = uint8(ip.Protocol)
		} else if ip, _, ok := packet.ParseIPv6(b); ok {
			s.Segmented = uint8(ip.NextHeader)
		}
	}
	if s.WireLen == 0 {
		s.WireLen = uint32(s.Len())
	}
	if p.Socket != nil {
		s.Socket = *p.Socket
	}
	return s
}

// readBack notes what a program has changed.
func (p *SKB) readBack(s *sim.SKB) {
	p.Data, p.Paged, p.Meta, p.Protocol = s.Linear, s.Paged, s.Meta, s.Protocol
	p.Mark, p.Priority, p.Hash, p.PacketType = s.Mark, s.Priority, s.Hash, s.PacketType
	p.QueueMapping, p.TCIndex, p.ClassID, p.Tstamp, p.CB = s.QueueMapping, s.TCIndex, s.ClassID, s.Tstamp, s.CB
	p.VLANPresent, p.VLANTCI, p.VLANProto = s.VLANPresent, s.VLANTCI, s.VLANProto
	p.GSOSize, p.GSOSegs, p.Encapsulated = s.GSOSize, s.GSOSegs, s.Encapsulated
	p.Sent, p.Target = nil, nil
	for _, c := range s.Sent {
		p.Sent = append(p.Sent, Sent(c))
	}
	if s.Target != nil {
		p.Target = (*Target)(s.Target)
	}
}

// SetInterfaces says which interfaces the simulated machine has, by index, until
// the test ends. Without it any but 0 is there.
func SetInterfaces(t testing.TB, indexes ...uint32) {
	t.Helper()
	simulated(t, "SetInterfaces")
	old := sim.SetInterfaces(append([]uint32{}, indexes...))
	t.Cleanup(func() { sim.SetInterfaces(old) })
}

// firstField returns the name of a field of p that is not zero, "" when there is
// none.
func firstField(p SKB) string {
	v := reflect.ValueOf(p)
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() && !(f.Kind() == reflect.Slice && f.Len() == 0) {
			return v.Type().Field(i).Name
		}
	}
	return ""
}
