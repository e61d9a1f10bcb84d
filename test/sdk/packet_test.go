// SPDX-License-Identifier: Apache-2.0

package sdk_test

import (
	"bytes"
	"testing"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/sdk/testdata/packets"
	"github.com/rex-go/rex/xdp"
)

// packetCases are packets of every kind, and damaged ones.
func packetCases() (all [][]byte) {
	e, dns := rextest.Ethernet{}, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07Example\x03com\x00\x00\x1c\x00\x01"
	all = append(all,
		rextest.Packet(e, rextest.IPv4{}, rextest.TCP{DstPort: 80, Options: []byte{2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 0, 9}}, rextest.Text("data")),
		rextest.Packet(e, rextest.IPv4{TTL: 1}, rextest.UDP{DstPort: 53}, rextest.Text(dns)),
		rextest.Packet(e, rextest.IPv4{}, rextest.UDP{DstPort: 4789}, rextest.Text("\x08\x00\x00\x00\x01\x02\x03\x00frame")),
		rextest.Packet(e, rextest.IPv4{Protocol: packet.ProtoGRE}, rextest.Text("\x20\x00\x86\xdd\x00\x00\x01\x02data")),
		rextest.Packet(e, rextest.IPv4{Options: make([]byte, 40)}, rextest.UDP{DstPort: 53}, rextest.Text("short")),
		rextest.Packet(e, rextest.ARP{}),
	)
	for _, p := range all[:4] {
		for n := 20; n < len(p); n += 7 {
			all = append(all, p[:n])
		}
	}
	return all
}

// TestVMPackets: verdict, packet and findings are the host's.
func TestVMPackets(t *testing.T) {
	testutil.VM(t)
	ext := load(t, "packets")
	m, err := ext.Map("result")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range packetCases() {
		want, wantOut := rextest.RunXDP(t, packets.Look, p)
		res, err := ext.TestRun("Look", p)
		if err != nil {
			t.Fatal(err)
		}
		var got packets.Result
		if err := m.Lookup(uint32(0), &got); err != nil {
			t.Fatal(err)
		}
		if xdp.Action(res.Verdict) != want || !bytes.Equal(res.Packet, wantOut) || got != *packets.Results().Lookup(0) {
			t.Errorf("packet %d: kernel %v %+v\nhost %v %+v\n% x\n% x", i, xdp.Action(res.Verdict), got, want, *packets.Results().Lookup(0), res.Packet, wantOut)
		}
	}
}

// TestPackets: the cases find what they are for.
func TestPackets(t *testing.T) {
	var tx int
	for _, p := range packetCases() {
		if a, _ := rextest.RunXDP(t, packets.Look, p); a == xdp.TX {
			tx++
		}
	}
	if tx < 5 {
		t.Errorf("%d packets were understood", tx)
	}
}
