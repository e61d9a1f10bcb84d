// SPDX-License-Identifier: Apache-2.0

// Package replay runs the examples' programs on the captures in their testdata
// directories. A capture has the packets that come in and, behind each, what a
// program made of it, if that is another packet and not dropped.
//
// go test -update writes the captures again. They are the same each time.
package replay

import (
	"bytes"
	"flag"
	"testing"
	"time"

	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/rextest/pcap"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

var update = flag.Bool("update", false, "write testdata/*.pcap again")

// Capture is a file that is replayed, or written.
type Capture struct {
	t       testing.TB
	packets []pcap.Packet // those that are left, or were written
}

// begin is the time of the first packet that is written; each further one comes a
// millisecond later.
var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Open begins with the first packet of a file. All of them must be replayed.
func Open(t testing.TB, file string) *Capture {
	t.Helper()
	c := &Capture{t: t}
	if !*update {
		c.packets = pcap.Read(t, file)
	}
	t.Cleanup(func() {
		if *update {
			pcap.Write(t, file, c.packets)
		} else if n := len(c.packets); n > 0 && !t.Failed() {
			t.Errorf("%s has %d packets more (go test -update writes it again)", file, n)
		}
	})
	return c
}

// Next returns the next packet. make makes it when the file is written.
func (c *Capture) Next(make func() []byte) []byte {
	c.t.Helper()
	if *update {
		p := make()
		c.packets = append(c.packets, pcap.Packet{Time: begin.Add(time.Duration(len(c.packets)) * time.Millisecond), Data: p})
		return p
	}
	if len(c.packets) == 0 {
		c.t.Fatal("the capture has no more packets (go test -update writes it again)")
	}
	p := c.packets[0].Data
	c.packets = c.packets[1:]
	return p
}

// expect takes the next packet, which must be this one.
func (c *Capture) expect(what string, want []byte) {
	c.t.Helper()
	if got := c.Next(func() []byte { return want }); !bytes.Equal(got, want) {
		c.t.Fatalf("%s is\n% x\nin the capture:\n% x", what, want, got)
	}
}

// XDP runs a program on the next packet, which must be pkt.
func (c *Capture) XDP(prog rextest.XDPProgram, pkt []byte, want xdp.Action) {
	c.t.Helper()
	c.expect("the packet", pkt)
	c.Run(prog, pkt, want)
}

// Run is XDP for what Next returned.
func (c *Capture) Run(prog rextest.XDPProgram, pkt []byte, want xdp.Action) {
	c.t.Helper()
	action, out := rextest.RunXDP(c.t, prog, pkt)
	if action != want {
		c.t.Fatalf("verdict %v, want %v, on\n% x", action, want, pkt)
	}
	if action != xdp.Drop && !bytes.Equal(out, pkt) {
		c.expect("what the program made of it", out)
	}
}

// TC is XDP for programs in the network stack.
func (c *Capture) TC(prog rextest.TCProgram, pkt []byte, want tc.Action) {
	c.t.Helper()
	c.expect("the packet", pkt)
	action, out := rextest.RunTC(c.t, prog, rextest.SKB{Data: pkt})
	if action != want {
		c.t.Fatalf("verdict %v, want %v, on\n% x", action, want, pkt)
	}
	if whole := append(out.Data, out.Paged...); action != tc.Shot && !bytes.Equal(whole, pkt) {
		c.expect("what the program made of it", whole)
	}
}
