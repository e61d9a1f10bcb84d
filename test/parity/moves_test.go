// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/testdata/moves"
)

// moveCase is a sequence of calls on a packet, with what is known about the
// outcome of each: its error, and the packet's length after the last.
type moveCase struct {
	name  string
	pkt   []byte
	steps []moves.Step
	errs  []rex.Errno
	len   int
	panic string
}

const (
	notSupported = rex.ErrNotSupported
	fault        = rex.ErrFault
	none         = rex.Errno(0)
)

var (
	udp4 = rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53}, rextest.Text("sixteen bytes, 16"))
	udp6 = rextest.Packet(rextest.Ethernet{}, rextest.IPv6{}, rextest.UDP{DstPort: 53}, rextest.Text("sixteen bytes, 16"))
	arp  = rextest.Packet(rextest.Ethernet{}, rextest.ARP{})
)

func text(s string) (b [8]byte) {
	copy(b[:], s)
	return b
}

// atTC are the calls of package tc, each where it works and where it does not.
var atTC = []moveCase{
	{name: "nothing", pkt: udp4, steps: []moves.Step{{Op: moves.Nothing}}, errs: []rex.Errno{none}, len: len(udp4)},
	{name: "store", pkt: udp4, steps: []moves.Step{
		{Op: moves.Store, A: 42, Text: text("REWRITES")},
		{Op: moves.Store, A: 42, Text: text("rewrites"), C: 3},
		{Op: moves.Store, A: int64(len(udp4)) - 8, Text: text("the end.")},
		{Op: moves.Store, A: int64(len(udp4)) - 7, Text: text("too far.")},
		{Op: moves.Store, A: -1, Text: text("negative")},
		{Op: moves.Store, A: 42, C: 4},
		{Op: moves.StoreOwn, A: 4},
	}, errs: []rex.Errno{none, none, none, fault, fault, rex.ErrInvalid, none}, len: len(udp4)},
	{name: "pull", pkt: udp4, steps: []moves.Step{
		{Op: moves.Pull},
		{Op: moves.Pull, A: int64(len(udp4))},
		{Op: moves.Pull, A: int64(len(udp4)) + 1},
		{Op: moves.Pull, A: -1},
	}, errs: []rex.Errno{none, none, rex.ErrInvalid, rex.ErrInvalid}, len: len(udp4)},
	{name: "change head", pkt: udp4, steps: []moves.Step{
		{Op: moves.Head, A: 14},
		{Op: moves.Head, A: 0},
		{Op: moves.Head, A: 300},
		{Op: moves.Head, A: -1},
		{Op: moves.Head, A: 20000},
		{Op: moves.Head, A: 1 << 32},
	}, errs: []rex.Errno{none, none, none, rex.ErrInvalid, rex.ErrInvalid, rex.ErrInvalid}, len: len(udp4) + 314},
	{name: "change tail", pkt: udp4, steps: []moves.Step{
		{Op: moves.Tail, A: 30},
		{Op: moves.Tail, A: 60},
		{Op: moves.Tail, A: 3000},
		{Op: moves.Tail, A: 13},
		{Op: moves.Tail, A: 1 << 20},
		{Op: moves.Tail, A: -1},
		{Op: moves.Tail, A: 14},
	}, errs: []rex.Errno{none, none, none, rex.ErrInvalid, rex.ErrInvalid, rex.ErrInvalid, none}, len: 14},
	{name: "change protocol", pkt: udp4, steps: []moves.Step{
		{Op: moves.Proto, A: 0x800},
		{Op: moves.Proto, A: 0x86dd},
		{Op: moves.Proto, A: 0x86dd},
		{Op: moves.Proto, A: 0x800},
		{Op: moves.Proto, A: 0x806},
	}, errs: []rex.Errno{notSupported, none, notSupported, none, notSupported}, len: len(udp4)},
	{name: "change type", pkt: udp4, steps: []moves.Step{
		{Op: moves.Type, B: 3}, {Op: moves.Type, B: 1}, {Op: moves.Type, B: 4}, {Op: moves.Type},
	}, errs: []rex.Errno{none, none, rex.ErrInvalid, none}, len: len(udp4)},
	{name: "room behind the link-layer header", pkt: udp4, steps: []moves.Step{
		{Op: moves.Room, A: 20, B: 1, C: int64(tc.EncapIPv4)},
		{Op: moves.Room, A: 20, B: 1, C: int64(tc.EncapIPv4)},
		{Op: moves.Room, A: -20, B: 1},
		{Op: moves.Tail, A: 100},
		{Op: moves.Room, A: 4096, B: 1},
		{Op: moves.Room, A: 20, B: 2},
		{Op: moves.Room, A: -17, B: 1, C: 1 << 20},
	}, errs: []rex.Errno{none, 114, none, notSupported, fault, notSupported, rex.ErrInvalid}, len: len(udp4)},
	{name: "room behind the IP header", pkt: udp4, steps: []moves.Step{
		{Op: moves.Room, A: 8},
		{Op: moves.Room, A: -16},
		{Op: moves.Room, A: -int64(len(udp4)) + 34},
		{Op: moves.Room, A: 40, C: int64(tc.EncapIPv4 | tc.EncapIPv6)},
		{Op: moves.Room, A: 40, C: int64(tc.DecapIPv4)},
		{Op: moves.Room, A: -8, C: int64(tc.EncapIPv4)},
		{Op: moves.Room, A: 8, C: int64(tc.EncapIPv4 | tc.EncapEthernet | tc.EncapL2(13))},
	}, errs: []rex.Errno{none, none, notSupported, rex.ErrInvalid, rex.ErrInvalid, rex.ErrInvalid, rex.ErrInvalid}, len: len(udp4) - 8},
	{name: "IPv4 in IPv6", pkt: udp4, steps: []moves.Step{
		{Op: moves.Room, A: 48, B: 1, C: int64(tc.EncapIPv6 | tc.EncapUDP | tc.FixedGSO | tc.NoChecksumReset)},
		{Op: moves.Room, A: -48, B: 1, C: int64(tc.DecapIPv4)},
		{Op: moves.Proto, A: 0x86dd},
	}, errs: []rex.Errno{none, none, none}, len: len(udp4) + 20},
	{name: "IPv6", pkt: udp6, steps: []moves.Step{
		{Op: moves.Proto, A: 0x800},
		{Op: moves.Proto, A: 0x86dd},
		{Op: moves.Room, A: 4, B: 1},
		{Op: moves.Room, A: -4},
	}, errs: []rex.Errno{none, none, none, none}, len: len(udp6)},
	{name: "neither", pkt: arp, steps: []moves.Step{
		{Op: moves.Room, A: 4, B: 1}, {Op: moves.Proto, A: 0x800}, {Op: moves.Head, A: 4},
	}, errs: []rex.Errno{notSupported, notSupported, none}, len: len(arp) + 4},
	{name: "VLAN", pkt: udp4, steps: []moves.Step{
		{Op: moves.PopVLAN},
		{Op: moves.PushVLAN, A: 0x8100, B: 5},
		{Op: moves.PushVLAN, A: 0x88a8, B: 6 | 3<<13},
		{Op: moves.PushVLAN, A: 1, B: 7},
		{Op: moves.PopVLAN},
		{Op: moves.PopVLAN},
		{Op: moves.PopVLAN},
		{Op: moves.PopVLAN},
	}, errs: []rex.Errno{none, none, none, none, none, none, none, none}, len: len(udp4)},
	{name: "tag in the bytes", pkt: append(append(append([]byte(nil), udp4[:12]...), 0x81, 0, 0x20, 9), udp4[12:]...), steps: []moves.Step{
		{Op: moves.PushVLAN, A: 0x88a8, B: 1},
		{Op: moves.PopVLAN},
		{Op: moves.PopVLAN},
		{Op: moves.PopVLAN},
	}, errs: []rex.Errno{none, none, none, none}, len: len(udp4)},
	{name: "checksums", pkt: udp4, steps: []moves.Step{
		{Op: moves.L3Checksum, A: 24, From: text("\x0a\x00\x00\x01"), Text: text("\xc0\xa8\xff\xfe")},
		{Op: moves.L3Checksum, A: 25},
		{Op: moves.L3Checksum, A: int64(len(udp4)) - 1&^1},
		{Op: moves.L3Checksum, A: 1 << 16},
		{Op: moves.L4Checksum, A: 40, From: text("\x00\x35\x00\x00"), Text: text("\x14\xe9\x00\x00"), C: int64(tc.MangledZero)},
		{Op: moves.L4Checksum, A: 40, From: text("\x0a\x00\x00\x01"), Text: text("\xc0\xa8\xff\xfe"), C: int64(tc.PseudoHeader | tc.IPv6)},
		{Op: moves.L4Checksum, A: 40, C: 1 << 9},
		{Op: moves.UpdateChecksum, From: text("a"), Text: text("b")},
	}, errs: []rex.Errno{none, fault, fault, fault, none, none, rex.ErrInvalid, notSupported}, len: len(udp4)},
	{name: "hash", pkt: udp4, steps: []moves.Step{
		{Op: moves.RecalcHash}, {Op: moves.SetHash, B: 77}, {Op: moves.InvalidateHash}, {Op: moves.RecalcHash},
		{Op: moves.Store, A: 26, C: int64(tc.InvalidateHash)},
	}, errs: []rex.Errno{none, none, none, none, none}, len: len(udp4)},
	{name: "send copies", pkt: udp4, steps: []moves.Step{
		{Op: moves.Clone, B: 1},
		{Op: moves.Clone, B: 1, C: int64(tc.FromIngress)},
		{Op: moves.Clone, B: 12345},
		{Op: moves.Clone, B: 1, C: 2},
		{Op: moves.Store, A: 42, Text: text("REWRITES")},
		{Op: moves.Clone, B: 1},
	}, errs: []rex.Errno{none, none, rex.ErrInvalid, rex.ErrInvalid, none, none}, len: len(udp4)},
	{name: "send a copy with a lock held", pkt: udp4, steps: []moves.Step{{Op: moves.LockedClone, B: 1}},
		panic: "runtime error: packet sent with a lock held"},
	// Sixteen times the old bytes are kept.
	{name: "move often", pkt: udp4, steps: []moves.Step{{Op: moves.Many, A: 15}, {Op: moves.Many, A: 2}, {Op: moves.Pull}},
		errs: []rex.Errno{none, rex.ErrNoMemory, none}, len: len(udp4) + 16},
	{name: "redirect", pkt: udp4, steps: []moves.Step{{Op: moves.Redirect, B: 1}}, errs: []rex.Errno{none}, len: len(udp4)},
	{name: "redirect wrongly", pkt: udp4, steps: []moves.Step{{Op: moves.Redirect, B: 1, C: 2}}, errs: []rex.Errno{none}, len: len(udp4)},
	{name: "redirect elsewhere", pkt: udp4, steps: []moves.Step{
		{Op: moves.RedirectPeer, B: 1}, {Op: moves.RedirectNeighbour, B: 1}, {Op: moves.RedirectNextHop, B: 1, From: text("\x0a\x00\x00\x01")},
	}, errs: []rex.Errno{none, none, none}, len: len(udp4)},
	{name: "metadata", pkt: udp4, steps: []moves.Step{{Op: moves.LoadMeta, Text: text("whatever")}}, errs: []rex.Errno{none}, len: len(udp4)},
	{name: "routes", pkt: udp4, steps: []moves.Step{
		{Op: moves.FIB, B: 1, From: text("\x7f\x00\x00\x01"), Text: text("\x7f\x00\x00\x02"), C: int64(rex.FIBOutput)},
		{Op: moves.FIB, B: 1, C: 1 << 6},
	}, errs: []rex.Errno{none, rex.ErrInvalid}, len: len(udp4)},
}

// atXDP are the calls of package xdp.
var atXDP = []moveCase{
	{name: "metadata", pkt: udp4, steps: []moves.Step{
		{Op: moves.AdjustMeta, A: -8},
		{Op: moves.WriteMeta, Text: text("metadata")},
		{Op: moves.AdjustMeta, A: -3},
		{Op: moves.AdjustMeta, A: -248},
		{Op: moves.AdjustMeta, A: 12},
		{Op: moves.AdjustMeta, A: 4},
		{Op: moves.AdjustHead, A: 14},
		{Op: moves.AdjustMeta, A: 1 << 32},
	}, errs: []rex.Errno{none, none, rex.ErrInvalid, rex.ErrInvalid, rex.ErrInvalid, none, none, rex.ErrInvalid}, len: len(udp4) - 14},
	{name: "ends", pkt: udp4, steps: []moves.Step{
		{Op: moves.AdjustHead, A: 14},
		{Op: moves.AdjustHead, A: -30},
		{Op: moves.AdjustTail, A: -20},
		{Op: moves.AdjustTail, A: 30},
		{Op: moves.AdjustHead, A: -4000},
		{Op: moves.AdjustTail, A: -4000},
	}, errs: []rex.Errno{none, none, none, none, rex.ErrInvalid, rex.ErrInvalid}, len: len(udp4) + 26},
	{name: "routes", pkt: udp4, steps: []moves.Step{
		{Op: moves.FIB, B: 1, From: text("\x7f\x00\x00\x01"), Text: text("\x7f\x00\x00\x02"), C: int64(rex.FIBOutput)},
		{Op: moves.FIB, B: 1, C: 1 << 6},
	}, errs: []rex.Errno{none, rex.ErrInvalid}, len: len(udp4)},
}

// moved is what became of a packet.
type moved struct {
	verdict uint32
	packet  []byte
	steps   []moves.Step
	panic   string
}

// moveOnHost runs a case on the host implementation.
func moveOnHost(t *testing.T, c moveCase, xdp bool) (m moved) {
	t.Helper()
	rextest.Reset(t)
	rextest.SetInterfaces(t, 1)
	// The loopback interface does not forward.
	rextest.SetRoutes(t, func(rextest.RouteQuery) (rextest.Route, rex.FIBResult) {
		return rextest.Route{}, rex.FIBForwardingDisabled
	})
	for i, s := range c.steps {
		*moves.Steps.Lookup(uint32(i)) = s
	}
	func() {
		defer func() {
			if v := recover(); v != nil {
				m.panic = "panic: " + fmt.Sprint(v)
				m.verdict = 1<<32 - 1 // tc.Unspec
				m.packet = c.pkt
			}
		}()
		if xdp {
			v, out := rextest.RunXDP(t, moves.In, c.pkt)
			m.verdict, m.packet = uint32(v), out
			return
		}
		v, out := rextest.RunTC(t, moves.At, rextest.SKB{Data: c.pkt, Ifindex: 1, PacketType: 3})
		m.verdict, m.packet = uint32(v), out.Data
	}()
	for i := range c.steps {
		m.steps = append(m.steps, *moves.Steps.Lookup(uint32(i)))
	}
	return m
}

// moveInKernel runs it in the kernel.
func moveInKernel(t *testing.T, ext *loader.Extension, c moveCase, program string) (m moved) {
	t.Helper()
	steps := kit.Map(t, ext, "Steps")
	for i := range moves.MaxSteps {
		var s moves.Step
		if i < len(c.steps) {
			s = c.steps[i]
		}
		if err := steps.Put(uint32(i), s); err != nil {
			t.Fatal(err)
		}
	}
	res, err := ext.TestRun(program, c.pkt)
	if err != nil {
		t.Fatal(err)
	}
	m.verdict, m.packet = res.Verdict, res.Packet
	for i := range c.steps {
		var s moves.Step
		if err := steps.Lookup(uint32(i), &s); err != nil {
			t.Fatal(err)
		}
		m.steps = append(m.steps, s)
	}
	// A test run gives the metadata in front of an XDP packet back, too.
	if n := len(m.steps); program == "In" && n > 0 {
		m.packet = m.packet[m.steps[n-1].Linear:]
	}
	m.panic = panicked(t, ext)
	return m
}

// TestMovesHost compares the host implementation with the table.
func TestMovesHost(t *testing.T) {
	for i, c := range append(append([]moveCase{}, atTC...), atXDP...) {
		t.Run(c.name, func(t *testing.T) {
			got := moveOnHost(t, c, i >= len(atTC))
			if c.panic != "" || got.panic != "" {
				if !strings.Contains(got.panic, c.panic) || c.panic == "" {
					t.Errorf("panic %q, want %q", got.panic, c.panic)
				}
				return
			}
			for i, s := range got.steps {
				if s.Err != uint32(c.errs[i]) {
					t.Errorf("step %d: %v, want %v", i, rex.Errno(s.Err), c.errs[i])
				}
				if int(s.Old) > len(c.pkt)+1000 || i == len(got.steps)-1 && int(s.Len) != c.len {
					t.Errorf("step %d: %+v, want %d bytes", i, s, c.len)
				}
			}
		})
	}
}

// TestVMMoves compares the kernel with the host implementation: what each call
// does, and that a slice taken before it is safe to read and write after it.
func TestVMMoves(t *testing.T) {
	kit.Need(t)
	ext := kit.Load(t, "moves", loader.Options{})
	for i, c := range append(append([]moveCase{}, atTC...), atXDP...) {
		program := "At"
		if i >= len(atTC) {
			program = "In"
		}
		t.Run(program+" "+c.name, func(t *testing.T) {
			want, got := moveOnHost(t, c, i >= len(atTC)), moveInKernel(t, ext, c, program)
			if got.verdict != want.verdict || got.panic != want.panic || !bytes.Equal(got.packet, want.packet) {
				t.Errorf("kernel: %d, %q\n% x\nhost: %d, %q\n% x", got.verdict, got.panic, got.packet, want.verdict, want.panic, want.packet)
			}
			if want.panic != "" {
				return
			}
			for i, s := range got.steps {
				if s != want.steps[i] {
					t.Errorf("step %d:\nkernel %+v\n  host %+v", i, s, want.steps[i])
				}
			}
		})
	}
}
