// SPDX-License-Identifier: Apache-2.0

package buggy

import (
	"testing"

	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

func udp(port uint16, payload string) []byte {
	return rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: port}, rextest.Text(payload))
}

// TestWellFormed: packets that meet no bug pass and are counted.
func TestWellFormed(t *testing.T) {
	rextest.Reset(t)
	pkts := [][]byte{
		udp(PortIndex, "\x03"),
		udp(PortIndex, ""),
		udp(PortLoop, "\x01\x02\x01\x03x"),
		udp(PortLoop, "\x01"),
		udp(PortRecurse, "\x03www\x02eu\x00"),
		udp(PortRecurse, "\xc0\x03!\x02eu\x00"),
		udp(PortRecurse, ""),
		udp(PortRecurse+1, "\xc0\x00"),
		rextest.Packet(rextest.Ethernet{}, rextest.ARP{}),
		{},
	}
	for i, pkt := range pkts {
		if action, _ := rextest.RunXDP(t, Parse, pkt); action != xdp.Pass {
			t.Errorf("packet %d: verdict %v", i, action)
		}
	}
	want := Counts{Passed: uint64(len(pkts)), Options: 2, Labels: 3, Kinds: [8]uint64{3: 1}}
	if got := *counts.Lookup(0); got != want {
		t.Errorf("counts are %+v (expected %+v)", got, want)
	}
}

// TestIndex shows the first bug. The other two need the kernel's watchdog and
// stack check: on the host an endless loop is endless.
func TestIndex(t *testing.T) {
	rextest.Reset(t)
	for payload, want := range map[string]string{
		"\x08": "runtime error: index out of range [8] with length 8",
		"\xff": "runtime error: index out of range [255] with length 8",
	} {
		if got := rextest.PanicXDP(t, Parse, udp(PortIndex, payload)); got != want {
			t.Errorf("payload %q: %s (expected %s)", payload, got, want)
		}
	}
	if got := counts.Lookup(0).Passed; got != 0 {
		t.Errorf("%d packets came to the program's end (expected 0)", got)
	}
}
