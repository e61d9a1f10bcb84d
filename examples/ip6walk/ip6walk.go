// SPDX-License-Identifier: Apache-2.0

// Package ip6walk walks the extension headers of IPv6 packets, counts the
// chains that come by, and drops those that are deprecated or break the rules.
package ip6walk

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// MaxHeaders is how many extension headers a packet may have.
const MaxHeaders = 8

// Finding is what is wrong with a chain.
type Finding uint8

// The findings. RFC 8200 is IPv6.
const (
	Fine      Finding = iota
	Truncated         // ends in the middle of a header, in the first fragment (RFC 7112)
	TooMany           // more than MaxHeaders
	Repeated          // a header twice, but for destination options (RFC 8200 §4.1)
	Misplaced         // hop-by-hop options that are not first (RFC 8200 §4.3)
	Routing0          // a type 0 routing header (RFC 5095)
	Tiny              // a first fragment without all headers (RFC 7112)
	NumFindings
)

// Chain is the headers of a packet after that of IPv6, in their order, up to
// the upper layer's; 255 stands behind the last, since 0 is a header's number.
type Chain struct {
	Headers [MaxHeaders + 2]packet.Protocol
	Finding Finding
}

// chains counts packets.
var chains = rex.NewLRUHash[Chain, uint64](1024)

// Walk is the program.
//
//rex:xdp
func Walk(ctx *xdp.Context) xdp.Action {
	eth, b, ok := packet.ParseEthernet(ctx.Data())
	if !ok {
		return xdp.Pass
	}
	typ, b, ok := packet.SkipVLAN(eth.EtherType(), b)
	if !ok || typ != packet.EtherTypeIPv6 {
		return xdp.Pass
	}
	ip, b, ok := packet.ParseIPv6(b)
	if !ok {
		return xdp.Pass
	}
	c := walk(ip.NextHeader, b)
	if n, _, err := chains.LoadOrStore(c, 0); err == nil {
		atomic.AddUint64(n, 1)
	}
	if c.Finding != Fine {
		return xdp.Drop
	}
	return xdp.Pass
}

// walk follows the chain from the header next, which b begins with.
func walk(next packet.Protocol, b []byte) (c Chain) {
	for i := range c.Headers {
		c.Headers[i] = 255
	}
	var seen [256]bool
	for n := range c.Headers {
		c.Headers[n] = next
		if !extension(next) {
			if next != packet.ProtoNone && len(b) == 0 && n > 0 {
				c.Finding = Truncated
			}
			return c
		}
		switch {
		case n == MaxHeaders:
			c.Finding = TooMany
		case len(b) < 8:
			c.Finding = Truncated
		case next == packet.ProtoHopByHop && n > 0:
			c.Finding = Misplaced
		case seen[next] && next != packet.ProtoDstOpts:
			c.Finding = Repeated
		case next == packet.ProtoRouting && b[2] == 0:
			c.Finding = Routing0
		}
		if c.Finding != Fine {
			return c
		}
		seen[next] = true
		size := 8 * (1 + int(b[1]))
		if next == packet.ProtoFragment {
			size = 8
			if offset := int(b[2])<<8 | int(b[3]); offset>>3 != 0 {
				return c // of a later fragment, what follows is data
			}
		}
		if next == packet.ProtoAH {
			size = 4 * (2 + int(b[1]))
		}
		if size > len(b) {
			c.Finding = Truncated
			return c
		}
		next, b = packet.Protocol(b[0]), b[size:]
		if seen[packet.ProtoFragment] && !extension(next) && len(b) < upper(next) {
			c.Headers[n+1], c.Finding = next, Tiny
			return c
		}
	}
	return c
}

// extension reports whether another header follows one of this kind.
func extension(p packet.Protocol) bool {
	switch p {
	case packet.ProtoHopByHop, packet.ProtoRouting, packet.ProtoFragment, packet.ProtoDstOpts, packet.ProtoAH:
		return true
	}
	return false
}

// upper is the least size of an upper layer's header.
func upper(p packet.Protocol) int {
	switch p {
	case packet.ProtoTCP:
		return 20
	case packet.ProtoUDP, packet.ProtoICMPv6:
		return 8
	}
	return 0
}
