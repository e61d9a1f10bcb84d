// SPDX-License-Identifier: Apache-2.0

// Package xdptest is a host that does not exist: it answers ARP, ping and UDP
// echo for an address of its own, in the driver of the interface.
package xdptest

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Host is who answers.
type Host struct {
	IP  packet.IPv4Addr
	MAC packet.MAC
}

// echo is the UDP port of the echo service (RFC 862).
const echo = 7

// The rows of stats.
const (
	ARP = iota
	Ping
	Echo
	Dropped // for the host, but nothing that it answers
	NumStats
)

var (
	host  = rex.NewArray[Host](1)
	stats = rex.NewPerCPUArray[uint64](NumStats)
)

// Answer is the program.
//
//rex:xdp
func Answer(ctx *xdp.Context) xdp.Action {
	eth, b, ok := packet.ParseEthernet(ctx.Data())
	if !ok {
		return xdp.Pass
	}
	me := host.Lookup(0)
	row := Dropped
	switch eth.EtherType() {
	case packet.EtherTypeARP:
		arp, ok := rex.View[packet.ARP](b)
		if !ok || arp.Op() != packet.ARPRequest || arp.TargetIP != me.IP {
			return xdp.Pass
		}
		row = ARP
		arp.Operation.Set(uint16(packet.ARPReply))
		arp.TargetMAC, arp.TargetIP = arp.SenderMAC, arp.SenderIP
		arp.SenderMAC, arp.SenderIP = me.MAC, me.IP
	case packet.EtherTypeIPv4:
		ip, payload, ok := packet.ParseIPv4(b)
		if !ok || ip.Dst != me.IP {
			return xdp.Pass
		}
		if ip.FragmentOffset() == 0 && !ip.MoreFragments() {
			row = reply(ip, payload)
		}
	default:
		return xdp.Pass
	}
	*stats.Lookup(uint32(row))++
	if row == Dropped {
		return xdp.Drop
	}
	eth.Src, eth.Dst = me.MAC, eth.Src
	return xdp.TX
}

// reply makes a packet for the host its own answer, if it has one. Addresses and
// ports that change places leave the checksums as they are.
func reply(ip *packet.IPv4, b []byte) (row int) {
	switch ip.Protocol {
	case packet.ProtoICMP:
		icmp, _, ok := packet.ParseICMP(b)
		if !ok || icmp.Type != packet.ICMPEchoRequest {
			return Dropped
		}
		row = Ping
		packet.UpdateChecksum(&icmp.Checksum, []byte{byte(icmp.Type), icmp.Code}, []byte{byte(packet.ICMPEchoReply), icmp.Code})
		icmp.Type = packet.ICMPEchoReply
	case packet.ProtoUDP:
		udp, _, ok := packet.ParseUDP(b)
		if !ok || udp.DstPort.Get() != echo {
			return Dropped
		}
		row = Echo
		udp.SrcPort, udp.DstPort = udp.DstPort, udp.SrcPort
	default:
		return Dropped
	}
	ip.Src, ip.Dst = ip.Dst, ip.Src
	ip.SetTTL(64)
	return row
}
