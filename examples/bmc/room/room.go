// SPDX-License-Identifier: Apache-2.0

// Package room makes room for the answers of package bmc on a veth pair. The
// driver copies each packet to a piece of memory of its size, so that the
// receiver cannot make it longer. On the sender's end of the pair, Pad makes the
// requests as long as a packet may be; nothing is transmitted, so that this costs
// no more than clearing the bytes. They lie behind the IP packet, where Ethernet
// has the padding of short frames, which every receiver ignores.
package room

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
)

const (
	port = 11211     // memcached
	full = 14 + 1500 // what an Ethernet interface sends if nothing else is configured
)

// Pad makes room in memcached's requests over UDP.
//
//rex:tc
func Pad(ctx *tc.Context) tc.Action {
	h, ok := rex.View[struct {
		Ethernet packet.Ethernet
		IP       packet.IPv4
		UDP      packet.UDP
	}](ctx.Data())
	if ok && h.Ethernet.EtherType() == packet.EtherTypeIPv4 && h.IP.VersionIHL == 0x45 && h.IP.FlagsFrag.Get()&0x3fff == 0 &&
		h.IP.Protocol == packet.ProtoUDP && h.UDP.DstPort.Get() == port && ctx.Len() < full && ctx.GSOSegs() == 0 {
		ctx.ChangeTail(full) // else the answer is memcached's
	}
	return tc.Unspec
}
