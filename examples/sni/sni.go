// SPDX-License-Identifier: Apache-2.0

// Package sni drops the TLS handshakes with servers whose names, or the names
// of domains above them, are in a list.
package sni

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Suffix is a domain name backwards, in lower case, with a dot at its end
// ("moc.elpmaxe."): so that the names below a domain begin with it. Of longer
// names the first bytes, those of the domains, count.
type Suffix [64]byte

// Rule is what user space and the program know about a domain of the list.
type Rule struct {
	Allow uint32 // not 0: names at and below it pass, though a domain above it is in the list
	Hits  uint32
}

// The rows of stats.
const (
	Passed = iota
	Dropped
	NoName    // client hellos without a server name, passed
	Malformed // segments that begin like a client hello, passed
	NumStats
)

var (
	rules = rex.NewLPMTrie[Suffix, Rule](65536)
	stats = rex.NewPerCPUArray[uint64](NumStats)
)

// Filter is the program.
//
//rex:xdp
func Filter(ctx *xdp.Context) xdp.Action {
	hello := clientHello(ctx.Data())
	if hello == nil {
		return xdp.Pass
	}
	name, row := serverName(hello)
	if row == Passed {
		s := reverse(name)
		if r := rules.Lookup(s); r != nil {
			r.Hits++
			if r.Allow == 0 {
				row = Dropped
			}
		}
	}
	*stats.Lookup(uint32(row))++
	if row == Dropped {
		return xdp.Drop
	}
	return xdp.Pass
}

// clientHello returns what is there of a handshake record that begins with a
// client hello, and nil for other packets.
func clientHello(b []byte) []byte {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok {
		return nil
	}
	typ, b, ok := packet.SkipVLAN(eth.EtherType(), b)
	if !ok {
		return nil
	}
	var proto packet.Protocol
	switch typ {
	case packet.EtherTypeIPv4:
		ip, rest, ok := packet.ParseIPv4(b)
		if !ok || ip.FragmentOffset() != 0 {
			return nil
		}
		proto, b = ip.Protocol, rest
	case packet.EtherTypeIPv6:
		ip, rest, ok := packet.ParseIPv6(b)
		if !ok {
			return nil
		}
		var first bool
		if proto, b, first, ok = packet.SkipExtensions(ip.NextHeader, rest); !ok || !first {
			return nil
		}
	}
	if proto != packet.ProtoTCP {
		return nil
	}
	_, b, ok = packet.ParseTCP(b)
	// A record of type handshake (22), and in it a message of type 1.
	if !ok || len(b) < 6 || b[0] != 22 || b[1] != 3 || b[5] != 1 {
		return nil
	}
	return b[5:]
}

// reader takes a message apart; what goes beyond its end is empty, and sets
// short.
type reader struct {
	b     []byte
	short bool
}

// next returns the next n bytes.
func (r *reader) next(n int) []byte {
	if n > len(r.b) {
		r.b, r.short = nil, true
		return make([]byte, n)
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// vector returns the bytes behind a length of size bytes.
func (r *reader) vector(size int) []byte {
	n := 0
	for _, c := range r.next(size) {
		n = n<<8 | int(c)
	}
	return r.next(min(n, len(r.b)+1))
}

// serverName finds the server name extension (RFC 8446 §4.1.2, RFC 6066 §3).
// A hello that goes on in the next segment is read as far as it goes.
func serverName(hello []byte) (name []byte, row int) {
	r := &reader{b: hello}
	r.next(4 + 2 + 32) // type, length, version, random
	r.vector(1)        // session
	r.vector(2)        // cipher suites
	r.vector(1)        // compression methods
	r.next(2)          // length of the extensions
	for !r.short && len(r.b) > 0 {
		typ := binary.BigEndian.Uint16(r.next(2))
		ext := &reader{b: r.vector(2)}
		if typ != 0 || r.short {
			continue
		}
		list := &reader{b: ext.vector(2)}
		kind := list.next(1)[0]
		name = list.vector(2)
		if ext.short || list.short || kind != 0 || len(name) == 0 {
			return nil, Malformed
		}
		return name, Passed
	}
	if r.short {
		return nil, Malformed
	}
	return nil, NoName
}

// reverse makes the key for a name.
func reverse(name []byte) (s Suffix) {
	for i := range min(len(name), len(s)-1) {
		c := name[len(name)-1-i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		s[i] = c
	}
	s[min(len(name), len(s)-1)] = '.'
	return s
}

// Domain returns the prefix to put into the list for a domain; a name that is
// longer than 63 bytes stands for the domain of its last 63.
func Domain(name string) rex.Prefix[Suffix] {
	n := min(len(name), len(Suffix{})-1) + 1
	return rex.Prefix[Suffix]{Bits: uint32(8 * n), Addr: reverse([]byte(name))}
}
