// SPDX-License-Identifier: Apache-2.0

package rextest_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/xdp"
)

// TestChecksum: the worked example of RFC 1071 §3, whose sum is ddf2.
func TestChecksum(t *testing.T) {
	if got := rextest.Checksum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); got != ^uint16(0xddf2) {
		t.Errorf("got %#x", got)
	}
	if got := rextest.Checksum([]byte{0xff, 0xff, 0x01}); got != ^uint16(0x0100) {
		t.Errorf("odd length: got %#x", got)
	}
}

// TestPacketBytes compares with bytes worked out by hand from the RFCs.
func TestPacketBytes(t *testing.T) {
	const eth = "020000000002" + "020000000001"
	for _, c := range []struct {
		name   string
		layers []rextest.Layer
		want   string
	}{
		{"arp", []rextest.Layer{rextest.Ethernet{}, rextest.ARP{}},
			eth + "0806" + "0001080006040001" + "020000000001c0000201" + "000000000000c0000202"},
		{"vlan", []rextest.Layer{rextest.Ethernet{}, rextest.VLAN{ID: 0x123, Priority: 5}, rextest.Text("x")},
			eth + "8100" + "a123" + "88b5" + "78"},
		{"udp", []rextest.Layer{rextest.IPv4{}, rextest.UDP{SrcPort: 1, DstPort: 2}, rextest.Text("ab")},
			"4500001e00000000" + "4011" + "f6cb" + "c0000201c0000202" + "00010002000a" + "1a71" + "6162"},
		{"icmp", []rextest.Layer{rextest.ICMP{ID: 1, Seq: 2}}, "0800f7fc00010002"},
		{"icmp reply", []rextest.Layer{rextest.ICMP{ID: 1, Seq: 2, Reply: true}}, "0000fffc00010002"},
		{"v6 fragment", []rextest.Layer{rextest.IPv6{FlowLabel: 0xabcde, TrafficClass: 1},
			rextest.Extension{Type: packet.ProtoFragment, FragmentOffset: 16, MoreFragments: true}, rextest.Payload{}},
			"601abcde" + "00082c40" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "fd00001100000000"},
	} {
		if got := hex.EncodeToString(rextest.Packet(c.layers...)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestPacketSums: over header and pseudo header, the checksum in place gives 0.
func TestPacketSums(t *testing.T) {
	src, dst := netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("10.255.0.9")
	ip := rextest.IPv4{Src: src, Dst: dst, Options: []byte{7, 3, 4}}
	b := rextest.Packet(ip, rextest.TCP{SrcPort: 1, DstPort: 2, Seq: 3, Flags: packet.TCPSyn, Options: []byte{1, 1}}, rextest.Text("odd"))
	if rextest.Checksum(b[:24]) != 0 {
		t.Error("IPv4 header checksum is wrong")
	}
	pseudo := []byte{10, 1, 2, 3, 10, 255, 0, 9, 0, 6, 0, 27}
	if rextest.Checksum(append(pseudo, b[24:]...)) != 0 {
		t.Error("TCP checksum is wrong")
	}
	b = rextest.Packet(rextest.IPv6{}, rextest.Extension{Type: packet.ProtoDstOpts}, rextest.ICMPv6{ID: 7}, rextest.Text("ping!"))
	sum := append(append([]byte(nil), b[8:40]...), 0, 0, 0, 13, 0, 0, 0, 58)
	if rextest.Checksum(append(sum, b[48:]...)) != 0 {
		t.Error("ICMPv6 checksum is wrong")
	}
}

func TestPacketMisuse(t *testing.T) {
	for want, layers := range map[string][]rextest.Layer{
		"ICMP directly in Ethernet":     {rextest.Ethernet{}, rextest.ICMP{}},
		"Ethernet directly in IP":       {rextest.IPv4{}, rextest.Ethernet{}},
		"transport header outside IP":   {rextest.TCP{}},
		"options longer than 40 bytes":  {rextest.IPv4{Options: make([]byte, 41)}},
		"TCP options longer than 40 by": {rextest.IPv4{}, rextest.TCP{Options: make([]byte, 44)}},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("panic is %q (expected %q in it)", got, want)
				}
			}()
			rextest.Packet(layers...)
		}()
	}
}

// reflect sends packets back with the first byte inverted.
func reflect(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	data[0] = ^data[0]
	_ = append(data, 0xee) // must not reach memory behind the packet
	if ctx.IngressIfindex() == 7 {
		return xdp.Redirect
	}
	return xdp.TX
}

func TestRunXDP(t *testing.T) {
	buf := []byte{1, 2, 3, 4}
	action, out := rextest.RunXDP(t, reflect, buf[:2])
	if action != xdp.TX || string(out) != "\xfe\x02" {
		t.Errorf("got %v % x", action, out)
	}
	if string(buf) != "\x01\x02\x03\x04" {
		t.Errorf("the caller's packet was changed: % x", buf)
	}
	if action, _ := (rextest.Frame{Data: buf, IngressIfindex: 7}).Run(t, reflect); action != xdp.Redirect {
		t.Errorf("got %v", action)
	}
	var cpu, queue uint32
	var size int
	rextest.Frame{Data: make([]byte, rextest.MaxPacket), RxQueueIndex: 5, CPU: 3}.Run(t, func(ctx *xdp.Context) xdp.Action {
		cpu, queue, size = rex.CPU(), ctx.RxQueueIndex(), cap(ctx.Data())
		return xdp.Pass
	})
	if cpu != 3 || queue != 5 || size != 65536 {
		t.Errorf("program saw cpu %d, queue %d, capacity %d", cpu, queue, size)
	}
	if msg := rextest.PanicXDP(t, reflect, nil); msg != "runtime error: index out of range [0] with length 0" {
		t.Errorf("panic is %q", msg)
	}
	if rex.CPU() != 0 {
		t.Error("a panic left the CPU set")
	}
}

func TestActionString(t *testing.T) {
	got := fmt.Sprint(xdp.Aborted, xdp.Drop, xdp.Pass, xdp.TX, xdp.Redirect, xdp.Action(5))
	if got != "Aborted Drop Pass TX Redirect Action(invalid)" {
		t.Errorf("got %s", got)
	}
}
