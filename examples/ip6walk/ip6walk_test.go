// SPDX-License-Identifier: Apache-2.0

package ip6walk

import (
	"slices"
	"testing"

	"github.com/rex-go/rex/examples/internal/replay"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// ext is an extension header with data.
func ext(typ packet.Protocol, data ...byte) rextest.Layer {
	return rextest.Extension{Type: typ, Data: data}
}

func frag(offset int) rextest.Layer {
	return rextest.Extension{Type: packet.ProtoFragment, FragmentOffset: offset, MoreFragments: true}
}

func pkt(layers ...rextest.Layer) []byte {
	return rextest.Packet(append([]rextest.Layer{rextest.Ethernet{}, rextest.IPv6{}}, layers...)...)
}

func TestWalk(t *testing.T) {
	const hop, dst, rout, fr, udp = packet.ProtoHopByHop, packet.ProtoDstOpts, packet.ProtoRouting, packet.ProtoFragment, packet.ProtoUDP
	u := rextest.UDP{}
	for name, c := range map[string]struct {
		layers  []rextest.Layer
		want    []packet.Protocol
		finding Finding
	}{
		"none":        {[]rextest.Layer{u}, []packet.Protocol{udp}, Fine},
		"all":         {[]rextest.Layer{ext(hop), ext(dst), ext(rout, 4), frag(0), ext(dst, 1, 4, 0, 0, 0, 0, 5), u}, []packet.Protocol{hop, dst, rout, fr, dst, udp}, Fine},
		"hop second":  {[]rextest.Layer{ext(dst), ext(hop), u}, []packet.Protocol{dst, hop}, Misplaced},
		"routing 0":   {[]rextest.Layer{ext(rout, 0, 1), u}, []packet.Protocol{rout}, Routing0},
		"routing two": {[]rextest.Layer{ext(rout, 4), ext(rout, 4), u}, []packet.Protocol{rout, rout}, Repeated},
		"later":       {[]rextest.Layer{frag(8), u}, []packet.Protocol{fr}, Fine},
		"eight":       {[]rextest.Layer{ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), u}, []packet.Protocol{dst, dst, dst, dst, dst, dst, dst, dst, udp}, Fine},
		"nine":        {[]rextest.Layer{ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), ext(dst), u}, []packet.Protocol{dst, dst, dst, dst, dst, dst, dst, dst, dst}, TooMany},
	} {
		t.Run(name, func(t *testing.T) {
			rextest.Reset(t)
			action, _ := rextest.RunXDP(t, Walk, pkt(c.layers...))
			want := Chain{Finding: c.finding}
			for i := range want.Headers {
				want.Headers[i] = 255
			}
			copy(want.Headers[:], c.want)
			if n := chains.Lookup(want); n == nil || *n != 1 {
				for got := range chains.All() {
					t.Errorf("%v, finding %d", got.Headers, got.Finding)
				}
			}
			if (action == xdp.Pass) != (c.finding == Fine) {
				t.Errorf("verdict %v", action)
			}
		})
	}
}

// TestCut: a packet cut anywhere in its headers is dropped, as a fragment
// without all headers is.
func TestCut(t *testing.T) {
	whole := pkt(ext(packet.ProtoHopByHop), ext(packet.ProtoDstOpts, make([]byte, 14)...), rextest.UDP{})[14+40:]
	for n := range whole {
		c := walk(packet.ProtoHopByHop, whole[:n])
		if want := n < 8+16+1; (c.Finding == Truncated) != want {
			t.Errorf("%d bytes: finding %d, %v", n, c.Finding, c.Headers)
		}
	}
	tiny := pkt(frag(0), rextest.TCP{})[14+40:]
	for n := 9; n <= len(tiny); n++ {
		if c := walk(packet.ProtoFragment, tiny[:n]); (c.Finding == Tiny) != (n < 8+20) {
			t.Errorf("%d bytes: finding %d", n, c.Finding)
		}
	}
}

// TestCapture replays chains within the rules and against them.
func TestCapture(t *testing.T) {
	rextest.Reset(t)
	const hop, dst, rout = packet.ProtoHopByHop, packet.ProtoDstOpts, packet.ProtoRouting
	u := rextest.UDP{SrcPort: 4000, DstPort: 53}
	c := replay.Open(t, "testdata/ip6walk.pcap")
	c.XDP(Walk, pkt(u), xdp.Pass)
	c.XDP(Walk, pkt(ext(hop), ext(dst), ext(rout, 4), frag(0), u), xdp.Pass)
	c.XDP(Walk, pkt(ext(dst), ext(hop), u), xdp.Drop)         // hop-by-hop options are not first
	c.XDP(Walk, pkt(ext(rout, 0, 1), u), xdp.Drop)            // deprecated
	c.XDP(Walk, pkt(ext(rout, 4), ext(rout, 4), u), xdp.Drop) // repeated
	c.XDP(Walk, pkt(frag(8), u), xdp.Pass)
	whole := pkt(ext(hop), u)
	c.XDP(Walk, whole[:14+40+4], xdp.Drop) // cut short
}

// FuzzWalk: no payload makes it panic, and a chain ends with 255.
func FuzzWalk(f *testing.F) {
	f.Add(uint8(0), pkt(ext(packet.ProtoHopByHop), frag(0), rextest.UDP{})[14+40:])
	f.Fuzz(func(t *testing.T, next uint8, b []byte) {
		c := walk(packet.Protocol(next), b)
		if end := slices.Index(c.Headers[:], 255); c.Finding >= NumFindings || end == 0 && next != 255 {
			t.Errorf("%+v", c)
		}
	})
}
