// SPDX-License-Identifier: Apache-2.0

// Package topk finds the flows with the most bytes among any number of flows, in
// little memory: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi, ICDT
// 2005) on container/heap.
package topk

import (
	"container/heap"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// K is how many flows each CPU keeps. A flow with more than a K-th of a CPU's
// bytes is among them for sure.
const K = 64

// Flow is a flow's source and destination, in the order of the packet.
type Flow struct {
	Src, Dst         packet.IPv4Addr
	SrcPort, DstPort packet.BE16
	Proto            packet.Protocol
	_                [3]byte
}

// Item is a flow that is kept.
type Item struct {
	Flow  Flow
	Bytes uint64 // at least what the flow has, at most Over more
	Over  uint64
}

// Top is the flows of one CPU: a heap with the smallest one first.
type Top struct {
	Total uint64 // bytes of all flows
	N     uint64 // how many Items are used
	Items [K]Item
}

var tops = rex.NewPerCPUArray[Top](1)

// The methods of heap.Interface.

func (t *Top) Len() int           { return int(t.N) }
func (t *Top) Less(i, j int) bool { return t.Items[i].Bytes < t.Items[j].Bytes }
func (t *Top) Swap(i, j int)      { t.Items[i], t.Items[j] = t.Items[j], t.Items[i] }
func (t *Top) Push(x any)         { t.Items[t.N] = *x.(*Item); t.N++ }
func (t *Top) Pop() any           { t.N--; return &t.Items[t.N] }

// Count is the program.
//
//rex:xdp
func Count(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if flow, ok := parse(data); ok {
		tops.Lookup(0).add(flow, uint64(len(data)))
	}
	return xdp.Pass
}

// add counts bytes of a flow. One that is not kept takes the place of the
// smallest, whose bytes it may have had before.
func (t *Top) add(flow Flow, n uint64) {
	t.Total += n
	for i := range t.Items[:t.N] {
		if t.Items[i].Flow == flow {
			t.Items[i].Bytes += n
			heap.Fix(t, i)
			return
		}
	}
	if t.N < K {
		heap.Push(t, &Item{Flow: flow, Bytes: n})
		return
	}
	least := &t.Items[0]
	least.Flow, least.Over = flow, least.Bytes
	least.Bytes += n
	heap.Fix(t, 0)
}

// parse finds the flow of a packet over IPv4. Later fragments, and protocols
// other than TCP and UDP, have no ports.
func parse(b []byte) (f Flow, ok bool) {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok {
		return f, false
	}
	typ, b, ok := packet.SkipVLAN(eth.EtherType(), b)
	if !ok || typ != packet.EtherTypeIPv4 {
		return f, false
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok {
		return f, false
	}
	f.Src, f.Dst, f.Proto = ip.Src, ip.Dst, ip.Protocol
	if ip.FragmentOffset() == 0 && (f.Proto == packet.ProtoTCP || f.Proto == packet.ProtoUDP) && len(b) >= 4 {
		f.SrcPort, f.DstPort = packet.BE16(b[:2]), packet.BE16(b[2:4])
	}
	return f, true
}
