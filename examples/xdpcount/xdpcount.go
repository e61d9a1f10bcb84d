// SPDX-License-Identifier: Apache-2.0

// Package xdpcount counts packets and bytes per protocol and drops UDP to the
// ports that user space lists.
package xdpcount

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Proto is a row of the table of counts.
type Proto uint32

// The rows. A packet is counted in one of them: the innermost protocol known.
const (
	Other   Proto = iota // anything else, and Ethernet and IP headers that are cut short
	ARP                  // ARP over Ethernet
	IPv4                 // IPv4 with another protocol, or a later fragment
	IPv6                 // IPv6 with another protocol, or a later fragment
	ICMP                 // ICMP over IPv4
	ICMPv6               // ICMP over IPv6
	TCP                  // TCP over either
	UDP                  // UDP over either, not dropped
	Blocked              // UDP to a blocked port, dropped
	NumProtos
)

// String returns the row's name.
func (p Proto) String() string {
	if p >= NumProtos {
		return "invalid"
	}
	return [NumProtos]string{"other", "arp", "ipv4", "ipv6", "icmp", "icmpv6", "tcp", "udp", "blocked"}[p]
}

// Counter is the value of one row, on one CPU.
type Counter struct {
	Packets uint64
	Bytes   uint64 // from the Ethernet header on
}

// MaxBlocked is how many ports can be blocked at a time.
const MaxBlocked = 64

var (
	// stats has a Counter for each Proto.
	stats = rex.NewPerCPUArray[Counter](int(NumProtos))
	// blocked has a key for each UDP destination port to drop. The value is
	// for the user-space side's own use.
	blocked = rex.NewHash[uint16, uint32](MaxBlocked)
)

// Count is the program.
//
//rex:xdp
func Count(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	p := classify(data)
	if c := stats.Lookup(uint32(p)); c != nil {
		c.Packets++
		c.Bytes += uint64(len(data))
	}
	if p == Blocked {
		return xdp.Drop
	}
	return xdp.Pass
}

// classify finds a packet's row.
func classify(b []byte) Proto {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok {
		return Other
	}
	typ, b, ok := packet.SkipVLAN(eth.EtherType(), b)
	if !ok {
		return Other
	}
	switch typ {
	case packet.EtherTypeARP:
		return ARP
	case packet.EtherTypeIPv4:
		ip, b, ok := packet.ParseIPv4(b)
		if !ok {
			return Other
		}
		if ip.FragmentOffset() != 0 {
			return IPv4
		}
		return transport(ip.Protocol, b, IPv4)
	case packet.EtherTypeIPv6:
		ip, b, ok := packet.ParseIPv6(b)
		if !ok {
			return Other
		}
		proto, b, first, ok := packet.SkipExtensions(ip.NextHeader, b)
		if !ok || !first {
			return IPv6
		}
		return transport(proto, b, IPv6)
	}
	return Other
}

// transport finds the row of an IP payload; network is the row for protocols
// that have none of their own.
func transport(proto packet.Protocol, b []byte, network Proto) Proto {
	switch proto {
	case packet.ProtoICMP:
		return ICMP
	case packet.ProtoICMPv6:
		return ICMPv6
	case packet.ProtoTCP:
		return TCP
	case packet.ProtoUDP:
		udp, _, ok := packet.ParseUDP(b)
		if ok && blocked.Lookup(udp.DstPort.Get()) != nil {
			return Blocked
		}
		return UDP
	}
	return network
}
