// SPDX-License-Identifier: Apache-2.0

// Package buggy is an extension with three bugs of the kind that every parser
// has had once. UDP packets to three ports reach them; all other packets pass
// and are counted. None of the bugs can harm the kernel: the invocation ends
// with a Go panic and the packet passes.
package buggy

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// The UDP destination ports that lead to a bug.
const (
	// PortIndex: a payload whose first byte is above 7 makes the program index
	// out of range.
	PortIndex = 6661
	// PortLoop: a payload with an option of length 0 makes it loop for ever.
	PortLoop = 6662
	// PortRecurse: a payload with a pointer to itself makes it recurse without
	// end.
	PortRecurse = 6663
)

// Counts is what user space reads.
type Counts struct {
	Passed  uint64 // packets that came to the program's end
	Options uint64 // options seen in packets to PortLoop
	Labels  uint64 // labels seen in packets to PortRecurse
	Kinds   [8]uint64
}

// counts has one element.
var counts = rex.NewPerCPUArray[Counts](1)

// Parse is the program. It keeps running after a panic, so that every bug can
// be shown in one load.
//
//rex:xdp onpanic=continue
func Parse(ctx *xdp.Context) xdp.Action {
	c := counts.Lookup(0)
	if c == nil {
		return xdp.Pass
	}
	if port, payload, ok := udpPayload(ctx.Data()); ok {
		inspect(c, port, payload)
	}
	c.Passed++
	return xdp.Pass
}

// udpPayload returns destination port and payload of a UDP packet over IPv4.
func udpPayload(b []byte) (port uint16, payload []byte, ok bool) {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return 0, nil, false
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok || ip.Protocol != packet.ProtoUDP || ip.FragmentOffset() != 0 {
		return 0, nil, false
	}
	udp, b, ok := packet.ParseUDP(b)
	if !ok {
		return 0, nil, false
	}
	return udp.DstPort.Get(), b, true
}

func inspect(c *Counts, port uint16, payload []byte) {
	switch port {
	case PortIndex:
		countKind(c, payload)
	case PortLoop:
		c.Options += countOptions(payload)
	case PortRecurse:
		c.Labels += uint64(countLabels(payload, 0))
	}
}

// countKind counts the message by its kind, the payload's first byte.
func countKind(c *Counts, payload []byte) {
	if len(payload) > 0 {
		bump(&c.Kinds, payload[0])
	}
}

// bump: BUG: kind comes from the network and may be 8 or more.
func bump(kinds *[8]uint64, kind byte) {
	kinds[kind]++
}

// countOptions walks over options: kind, length of the whole option, data.
// BUG: an option of length 0 never ends.
func countOptions(b []byte) (n uint64) {
	for off := 0; off+1 < len(b); off += int(b[off+1]) {
		n++
	}
	return n
}

// countLabels counts the labels of a name as in DNS: a length byte and that
// many bytes, a zero byte at the end, or 0xc0 and the offset where the name goes
// on. BUG: an offset that leads back to itself recurses without end.
func countLabels(b []byte, off int) int {
	if off+1 >= len(b) || b[off] == 0 {
		return 0
	}
	next, label := off+1+int(b[off]), 1
	if b[off] == 0xc0 {
		next, label = int(b[off+1]), 0
	}
	n := countLabels(b, next)
	if n >= 127 { // a name has at most 127 labels
		return n
	}
	return n + label
}
