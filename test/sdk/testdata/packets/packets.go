// SPDX-License-Identifier: Apache-2.0

// Package packets reads and changes packets with everything that package packet
// has.
package packets

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Result is what was found.
type Result struct {
	Options  [8]uint32 // a TCP option's kind, and its length
	Name     [256]byte
	NameLen  uint32
	Type     uint32
	Key, VNI uint32
	Left     uint32
	Sum      uint32
}

var result = rex.NewArray[Result](1)

// Results is for tests.
func Results() *rex.Array[Result] { return result }

// Look is the program.
//
//rex:xdp
func Look(ctx *xdp.Context) xdp.Action {
	r := result.Lookup(0)
	if r == nil {
		return xdp.Aborted
	}
	*r = Result{}
	c := packet.NewCursor(ctx.Data())
	eth, ok := packet.Next[packet.Ethernet](&c)
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return xdp.Pass
	}
	ip, b, ok := packet.ParseIPv4(c.Rest())
	if !ok {
		return xdp.Pass
	}
	r.Left, r.Sum = uint32(len(b)), uint32(packet.Checksum(b))
	from, to := ip.Src, packet.IPv4Addr{10, 1, 2, 3}
	ip.SetSrc(to)
	ip.SetTTL(ip.TTL - 1)
	switch ip.Protocol {
	case packet.ProtoTCP:
		n := 0
		for kind, data := range packet.TCPOptions(b) {
			if n < len(r.Options) {
				r.Options[n] = uint32(kind)<<8 | uint32(len(data))
				n++
			}
		}
		if tcp, _, ok := packet.ParseTCP(b); ok {
			tcp.UpdateAddr(from[:], to[:])
			tcp.SetDstPort(8080)
		}
	case packet.ProtoUDP:
		udp, payload, ok := packet.ParseUDP(b)
		if !ok {
			return xdp.Drop
		}
		udp.UpdateAddr(from[:], to[:])
		udp.SetSrcPort(5353)
		switch udp.DstPort.Get() {
		case 53:
			name, typ, ok := packet.DNSQuestion(r.Name[:], payload)
			if !ok {
				return xdp.Drop
			}
			r.NameLen, r.Type = uint32(len(name)), uint32(typ)
		case packet.VXLANPort:
			if h, _, ok := packet.ParseVXLAN(payload); ok {
				r.VNI = h.VNI()
			}
		}
	case packet.ProtoGRE:
		_, key, _, ok := packet.ParseGRE(b)
		if !ok {
			return xdp.Drop
		}
		r.Key = key
	}
	return xdp.TX
}
