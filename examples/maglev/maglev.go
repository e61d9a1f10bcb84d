// SPDX-License-Identifier: Apache-2.0

// Package maglev is a load balancer for UDP: it gives each connection to a
// service's address one of several backends, by consistent hashing after Maglev
// (Eisenbud et al., NSDI 2016) and a table of connections.
package maglev

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// TableSize is that of the table for look-ups: a prime number, far larger than
// the number of backends.
const TableSize = 2039

// MaxBackends is how many backends there may be.
const MaxBackends = 16

// Service is what clients know.
type Service struct {
	Addr packet.IPv4Addr
	Port packet.BE16
	_    [2]byte
}

// Backend is one of the servers behind it.
type Backend struct {
	Addr packet.IPv4Addr // zero: there is no such backend
	_    uint32
	// Connections were given to it, Packets sent to it.
	Connections, Packets uint64
}

// Flow is a client's connection.
type Flow struct {
	Client packet.IPv4Addr
	Port   packet.BE16
	_      [2]byte
}

var (
	service  = rex.NewArray[Service](1)
	backends = rex.NewArray[Backend](MaxBackends)
	// table has the number of a backend for each hash, NoBackend for none.
	table = rex.NewArray[uint32](TableSize)
	// flows keep their backend while that exists, though the table changes.
	flows = rex.NewLRUHash[Flow, uint32](65536)
)

// NoBackend stands for none.
const NoBackend = MaxBackends

// Forward sends what comes in for the service on to a backend.
//
//rex:xdp
func Forward(ctx *xdp.Context) xdp.Action {
	_, ip, udp := parse(ctx.Data())
	s := service.Lookup(0)
	if udp == nil || ip.Dst != s.Addr || udp.DstPort != s.Port {
		return xdp.Pass
	}
	f := Flow{Client: ip.Src, Port: udp.SrcPort}
	b := choose(f)
	if b == nil {
		return xdp.Drop
	}
	atomic.AddUint64(&b.Packets, 1)
	udp.UpdateAddr(ip.Dst[:], b.Addr[:])
	ip.SetDst(b.Addr)
	return xdp.Pass
}

// choose returns the backend of a connection, nil when there is none.
func choose(f Flow) *Backend {
	if n := flows.Lookup(f); n != nil {
		if b := backends.Lookup(*n); b != nil && b.Addr != (packet.IPv4Addr{}) {
			return b
		}
	}
	n := *table.Lookup(hash(f) % TableSize)
	b := backends.Lookup(n)
	if b == nil || b.Addr == (packet.IPv4Addr{}) {
		return nil
	}
	if flows.Update(f, n) == nil {
		atomic.AddUint64(&b.Connections, 1)
	}
	return b
}

// Return gives what backends send the service's address.
//
//rex:tc
func Return(ctx *tc.Context) tc.Action {
	if ctx.PullData(14+20+8) != nil {
		return tc.Unspec
	}
	_, ip, udp := parse(ctx.Data())
	s := service.Lookup(0)
	if udp == nil || udp.SrcPort != s.Port || ip.HeaderLen() != 20 {
		return tc.Unspec
	}
	n := flows.Lookup(Flow{Client: ip.Dst, Port: udp.DstPort})
	if n == nil {
		return tc.Unspec
	}
	b := backends.Lookup(*n)
	if b == nil || b.Addr != ip.Src {
		return tc.Unspec
	}
	// The interface may compute the datagram's checksum: what is there is then only
	// a part of it, which the kernel knows how to change.
	d := packet.ChecksumDiff(b.Addr[:], s.Addr[:])
	if ctx.ReplaceL4Checksum(14+20+6, d, tc.PseudoHeader|tc.MangledZero) != nil ||
		ctx.ReplaceL3Checksum(14+10, d) != nil || ctx.StoreBytes(s.Addr[:], 14+12, 0) != nil {
		return tc.Shot
	}
	return tc.Unspec
}

// parse returns the headers of a datagram, nil for other packets and fragments.
func parse(b []byte) (*packet.Ethernet, *packet.IPv4, *packet.UDP) {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return nil, nil, nil
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok || ip.Protocol != packet.ProtoUDP || ip.FragmentOffset() != 0 || ip.MoreFragments() {
		return nil, nil, nil
	}
	udp, ok := rex.View[packet.UDP](b)
	if !ok {
		return nil, nil, nil
	}
	return eth, ip, udp
}

// hash spreads connections over the table: the multiplier is that of Fibonacci
// hashing.
func hash(f Flow) uint32 {
	h := uint64(binary.BigEndian.Uint32(f.Client[:]))<<16 | uint64(f.Port.Get())
	return uint32(h * 0x9e3779b97f4a7c15 >> 32)
}

// Table fills a table for look-ups (§3.4 of the paper): each backend in turn takes
// the next place of its own permutation that is free, so that all get nearly the
// same number, and few places change when a backend comes or goes.
func Table(list []Backend) (t [TableSize]uint32) {
	for i := range t {
		t[i] = NoBackend
	}
	var next, skip [MaxBackends]uint32
	live := 0
	for i, b := range list {
		h := hash(Flow{Client: b.Addr})
		next[i], skip[i] = h%TableSize, hash(Flow{Client: b.Addr, Port: packet.BE16{1}})%(TableSize-1)+1
		if b.Addr != (packet.IPv4Addr{}) {
			live++
		}
	}
	for filled := 0; live > 0; {
		for i, b := range list {
			if b.Addr == (packet.IPv4Addr{}) {
				continue
			}
			for t[next[i]] != NoBackend {
				next[i] = (next[i] + skip[i]) % TableSize
			}
			t[next[i]] = uint32(i)
			if filled++; filled == TableSize {
				return t
			}
		}
	}
	return t
}
