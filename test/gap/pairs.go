// SPDX-License-Identifier: Apache-2.0

// Package gap has pairs of programs: one in C (bench/ebpf/gap) that is safe and
// that the verifier of Linux 6.12 rejects, and one in Go (examples/gap) that
// does the same and loads. Its tests show both; docs/gap.md is made of it.
package gap

//go:generate go run ./gapdoc

import (
	"strings"

	"github.com/rex-go/rex/xdp"
)

// Pair is one program in both languages. Both work on the payload of an
// Ethernet frame.
type Pair struct {
	// Name is that of bench/ebpf/gap/NAME.c and examples/gap/NAME.
	Name string
	// Class is the kind of safe program that is rejected.
	Class string
	// Message is what the verifier's log says.
	Message string
	// What the program does, why it is safe and yet rejected, and what people
	// write instead.
	What, Why, Instead string
	// Run is the Go program.
	Run func(*xdp.Context) xdp.Action
	// Cases are sent in this order to the freshly loaded program.
	Cases []Case
}

// Case is a packet and what must become of it.
type Case struct {
	// Payload follows an Ethernet header of zeros.
	Payload string
	Verdict xdp.Action
	// Out is how the packet begins afterwards; the rest is unchanged.
	Out string
}

// Packet returns the packet.
func (c Case) Packet() []byte { return append(make([]byte, 14), c.Payload...) }

// Want returns the packet as it must be afterwards.
func (c Case) Want() []byte {
	pkt := c.Packet()
	copy(pkt, c.Out)
	return pkt
}

// pass is a packet that the program does not touch.
func pass(payload string) Case { return Case{Payload: payload, Verdict: xdp.Pass} }

// tx is a packet that comes back with a number in its first four bytes.
func tx(payload string, v uint32) Case { return Case{payload, xdp.TX, le32(v)} }

// le32 is a 32-bit number as C stores it.
func le32(v uint32) string {
	return string([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)})
}

// le64 is a 64-bit number as C stores it.
func le64(v uint64) string { return le32(uint32(v)) + le32(uint32(v>>32)) }

// count is the bytes first, first+1, … of which there are n.
func count(first byte, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte(first + byte(i))
	}
	return b.String()
}
