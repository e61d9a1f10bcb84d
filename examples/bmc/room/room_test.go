// SPDX-License-Identifier: Apache-2.0

package room

import (
	"bytes"
	"testing"

	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
)

func TestPad(t *testing.T) {
	body := rextest.Text("\x00\x01\x00\x00\x00\x01\x00\x00get a\r\n")
	long := rextest.Payload(make([]byte, 1400))
	udp := rextest.UDP{SrcPort: 4000, DstPort: port}
	for name, c := range map[string]struct {
		pkt    []byte
		gso    uint16
		padded bool
	}{
		"request":      {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, udp, body), 0, true},
		"long request": {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, udp, long), 0, true},
		"full":         {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, udp, long, rextest.Payload(make([]byte, 72))), 0, false},
		"several":      {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, udp, body), 2, false},
		"other port":   {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53}, body), 0, false},
		"TCP":          {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.TCP{DstPort: port}, body), 0, false},
		"IPv6":         {rextest.Packet(rextest.Ethernet{}, rextest.IPv6{}, udp, body), 0, false},
		"short":        {rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, udp)[:41], 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.pkt
			if c.padded {
				want = append(bytes.Clone(c.pkt), make([]byte, full-len(c.pkt))...)
			}
			action, out := rextest.RunTC(t, Pad, rextest.SKB{Data: c.pkt, GSOSegs: c.gso})
			if action != tc.Unspec || !bytes.Equal(append(out.Data, out.Paged...), want) {
				t.Errorf("verdict %v, %d bytes, want %d", action, len(out.Data)+len(out.Paged), len(want))
			}
		})
	}
}
