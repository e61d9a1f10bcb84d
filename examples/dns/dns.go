// SPDX-License-Identifier: Apache-2.0

// Package dns answers queries for IPv4 addresses in the driver, from a zone
// that user space fills. What it does not know goes on to the server behind it.
package dns

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Record is what the zone says about a name.
type Record struct {
	Alias Name            // the name that this one stands for (CNAME); zero: none
	Addr  packet.IPv4Addr // the address, when there is no alias
	TTL   uint32          // seconds
}

// The rows of stats.
const (
	Answered = iota
	Unknown  // queries for names that are not in the zone, passed on
	Other    // messages that are not queries for an address, passed on
	NumStats
)

var (
	zone  = rex.NewHash[Name, Record](4096)
	stats = rex.NewPerCPUArray[uint64](NumStats)
)

const (
	typeA, typeCNAME, classIN = 1, 5, 1
	port                      = 53
	headers                   = 14 + 20 + 8
	// maxAliases bounds a chain of aliases, which may be a circle.
	maxAliases = 8
)

// Answer is the program.
//
//rex:xdp
func Answer(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	eth, b, ok := packet.ParseEthernet(data)
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return xdp.Pass
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok || ip.Protocol != packet.ProtoUDP || ip.HeaderLen() != 20 || ip.FragmentOffset() != 0 || ip.MoreFragments() {
		return xdp.Pass
	}
	udp, query, ok := packet.ParseUDP(b)
	if !ok || udp.DstPort.Get() != port {
		return xdp.Pass
	}
	reply, row := answer(query)
	*stats.Lookup(uint32(row))++
	if reply == nil {
		return xdp.Pass
	}
	// There is room in front of a packet, so that is where it grows.
	head := [headers]byte(data)
	if err := ctx.AdjustHead(len(data) - headers - len(reply)); err != nil {
		return xdp.Pass
	}
	data = ctx.Data()
	copy(data, head[:])
	copy(data[headers:], reply)
	turn(data, len(reply))
	return xdp.TX
}

// answer makes the reply to a message, nil when it is for others to answer.
func answer(query []byte) (reply []byte, row int) {
	// A standard query with one question (RFC 1035 §4.1.1).
	if len(query) < 12 || query[2]&0xf8 != 0 || binary.BigEndian.Uint16(query[4:]) != 1 {
		return nil, Other
	}
	name, end, ok := readName(query, 12)
	if !ok || end+4 > len(query) || binary.BigEndian.Uint32(query[end:]) != typeA<<16|classIN {
		return nil, Other
	}
	w := &writer{msg: make([]byte, 12, 512), names: make(map[string]int)}
	copy(w.msg, query[:2])       // ID
	w.msg[2] = 0x84 | query[2]&1 // an authoritative answer; recursion desired as asked
	binary.BigEndian.PutUint16(w.msg[4:], 1)
	w.name(&name)
	w.uint32(typeA<<16 | classIN)
	for range maxAliases {
		r := zone.Lookup(name)
		if r == nil {
			return nil, Unknown
		}
		w.msg[7]++ // answers
		w.name(&name)
		if r.Alias == (Name{}) {
			w.uint32(typeA<<16 | classIN)
			w.uint32(r.TTL)
			w.uint16(4)
			w.msg = append(w.msg, r.Addr[:]...)
			return w.msg, Answered
		}
		w.uint32(typeCNAME<<16 | classIN)
		w.uint32(r.TTL)
		w.uint16(0)
		start := len(w.msg)
		name = r.Alias
		w.name(&name)
		binary.BigEndian.PutUint16(w.msg[start-2:], uint16(len(w.msg)-start))
	}
	return nil, Unknown
}

// turn sends a packet of the three headers and size bytes back to where it
// came from.
func turn(data []byte, size int) {
	eth, b, _ := packet.ParseEthernet(data)
	eth.Src, eth.Dst = eth.Dst, eth.Src
	ip, _ := rex.View[packet.IPv4](b)
	ip.Src, ip.Dst = ip.Dst, ip.Src
	ip.TTL = 64
	ip.TotalLen.Set(uint16(20 + 8 + size))
	ip.Checksum.Set(0)
	ip.Checksum.Set(checksum(b[:20]))
	udp, _ := rex.View[packet.UDP](b[20:])
	udp.SrcPort, udp.DstPort = udp.DstPort, udp.SrcPort
	udp.Length.Set(uint16(8 + size))
	udp.Checksum.Set(0) // none, as IPv4 allows
}

// checksum is the Internet checksum (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	sum = sum&0xffff + sum>>16
	return ^uint16(sum + sum>>16)
}
