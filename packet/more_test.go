// SPDX-License-Identifier: Apache-2.0

package packet_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
)

func TestMoreLayout(t *testing.T) {
	if unsafe.Sizeof(packet.GRE{}) != 4 || unsafe.Sizeof(packet.VXLAN{}) != 8 || unsafe.Sizeof(packet.DNS{}) != 12 ||
		unsafe.Alignof(packet.VXLAN{}) != 1 || unsafe.Alignof(packet.DNS{}) != 1 {
		t.Error("a header has not the size on the wire")
	}
}

// TestRewrite: after every change the checksums are what they would be had the
// packet been built so.
func TestRewrite(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		payload := make([]byte, r.IntN(9))
		for i := range payload {
			payload[i] = byte(r.Uint32())
		}
		var src, dst packet.IPv4Addr
		binary.NativeEndian.PutUint32(src[:], r.Uint32())
		binary.NativeEndian.PutUint32(dst[:], r.Uint32())
		sport, dport, ttl := uint16(r.Uint32()), uint16(r.Uint32()), uint8(r.Uint32())
		udp := r.IntN(2) == 0
		var b []byte
		if udp {
			b = rextest.Packet(rextest.IPv4{}, rextest.UDP{SrcPort: 1, DstPort: 2}, rextest.Payload(payload))
		} else {
			b = rextest.Packet(rextest.IPv4{}, rextest.TCP{SrcPort: 1, DstPort: 2}, rextest.Payload(payload))
		}
		ip, l4, _ := packet.ParseIPv4(b)
		oldSrc, oldDst := ip.Src, ip.Dst
		ip.SetSrc(src)
		ip.SetDst(dst)
		ip.SetTTL(ttl)
		if udp {
			h, _, _ := packet.ParseUDP(l4)
			h.UpdateAddr(oldSrc[:], src[:])
			h.UpdateAddr(oldDst[:], dst[:])
			h.SetSrcPort(sport)
			h.SetDstPort(dport)
			if h.Checksum == (packet.BE16{}) {
				t.Fatal("a UDP checksum of zero")
			}
		} else {
			h, _, _ := packet.ParseTCP(l4)
			h.UpdateAddr(oldSrc[:], src[:])
			h.UpdateAddr(oldDst[:], dst[:])
			h.SetSrcPort(sport)
			h.SetDstPort(dport)
		}
		pseudo := append(append(append([]byte(nil), src[:]...), dst[:]...), 0, byte(ip.Protocol))
		pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(l4)))
		if packet.Checksum(b[:20]) != 0 || packet.Checksum(append(pseudo, l4...)) != 0 {
			t.Fatalf("udp %v: checksum is wrong: % x", udp, b)
		}
		if binary.BigEndian.Uint16(l4) != sport || binary.BigEndian.Uint16(l4[2:]) != dport || ip.TTL != ttl || ip.Src != src || ip.Dst != dst {
			t.Fatal("a field was not set")
		}
		if ip.SetTotalLen(sport); packet.Checksum(b[:20]) != 0 || ip.TotalLen.Get() != sport {
			t.Fatalf("length %d: % x", sport, b[:20])
		}
	}
	var none packet.UDP
	none.SetDstPort(9)
	if none.Checksum != (packet.BE16{}) {
		t.Error("a datagram without checksum got one")
	}
	// The example of RFC 1624 §4.
	sum := packet.BE16{0xdd, 0x2f}
	packet.UpdateChecksum(&sum, []byte{0x55, 0x55}, []byte{0x32, 0x85})
	if sum != (packet.BE16{0, 0}) {
		t.Errorf("RFC 1624: %v", sum)
	}
}

func TestChecksumLikeRextest(t *testing.T) {
	b := make([]byte, 1501)
	for i := range b {
		b[i] = byte(i * 7)
		if got, want := packet.Checksum(b[:i]), rextest.Checksum(b[:i]); got != want {
			t.Fatalf("%d bytes: %#x (expected %#x)", i, got, want)
		}
	}
}

func TestTCPOptions(t *testing.T) {
	list := func(opts []byte) string {
		_, seg, _ := packet.ParseIPv4(rextest.Packet(rextest.IPv4{}, rextest.TCP{Options: opts}, rextest.Text("payload")))
		var out []string
		for kind, data := range packet.TCPOptions(seg) {
			out = append(out, fmt.Sprintf("%d:%x", kind, data))
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		opts []byte
		want string
	}{
		{nil, ""},
		{[]byte{2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 0, 9}, "2:05b4 3:07 4:"},
		{[]byte{2, 4, 5, 0xb4, 8, 11}, "2:05b4"},
		{[]byte{2, 0, 1, 1}, ""},
		{[]byte{2, 1, 1, 1}, ""},
		{[]byte{1, 1, 1, 9}, ""},
	} {
		if got := list(c.opts); got != c.want {
			t.Errorf("% x: %q (expected %q)", c.opts, got, c.want)
		}
	}
	for range packet.TCPOptions([]byte("short")) {
		t.Error("an option in no segment")
	}
}

func TestTunnels(t *testing.T) {
	for _, c := range []struct {
		b    string
		want string
	}{
		{"\x00\x00\x08\x00data", "2048 0 data"},
		{"\x20\x00\x86\xdd\x00\x00\x01\x02data", "34525 258 data"},
		{"\xb0\x00\x08\x00cksm\x00\x00\x00\x07seq.data", "2048 7 data"},
		{"\x00\x01\x08\x00data", ""},
		{"\x40\x00\x08\x00data", ""},
		{"\x20\x00\x08\x00\x00\x00", ""},
		{"\x00\x00\x08", ""},
	} {
		got := ""
		if h, key, payload, ok := packet.ParseGRE([]byte(c.b)); ok {
			got = fmt.Sprintf("%d %d %s", h.EtherType(), key, payload)
		}
		if got != c.want {
			t.Errorf("% x: %q (expected %q)", c.b, got, c.want)
		}
	}
	h, frame, ok := packet.ParseVXLAN([]byte("\x08\x00\x00\x00\x01\x02\x03\x00frame"))
	if !ok || h.VNI() != 0x010203 || string(frame) != "frame" {
		t.Errorf("vxlan: %v %q", ok, frame)
	}
	if _, _, ok := packet.ParseVXLAN(make([]byte, 8)); ok {
		t.Error("VXLAN without a network")
	}
}

// dnsQuery is a query for www.Example.com, type AAAA, with a second name that
// points into the first.
var dnsQuery = []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07Example\x03com\x00\x00\x1c\x00\x01\x04mail\xc0\x10")

func TestDNS(t *testing.T) {
	var buf [packet.MaxDNSName]byte
	name, typ, ok := packet.DNSQuestion(buf[:], dnsQuery)
	if !ok || string(name) != "www.example.com" || typ != packet.DNSTypeAAAA {
		t.Errorf("question %q %d %v", name, typ, ok)
	}
	name, next, ok := packet.DNSName(buf[:], dnsQuery, 33)
	if !ok || string(name) != "mail.example.com" || next != len(dnsQuery) {
		t.Errorf("compressed: %q %d %v", name, next, ok)
	}
	h, _, _ := packet.ParseDNS(dnsQuery)
	if h.IsResponse() || h.IsTruncated() || h.Opcode() != 0 || h.ResponseCode() != 0 || h.ID.Get() != 0x1234 {
		t.Error("header")
	}
	for _, bad := range []string{"\xc0\x00", "\xc0", "\x05ab", "\x40", "", "\x01a\xc0\x02"} {
		if name, _, ok := packet.DNSName(buf[:], []byte(bad), 0); ok {
			t.Errorf("% x: %q", bad, name)
		}
	}
	if _, _, ok := packet.DNSName(buf[:4], dnsQuery, 12); ok {
		t.Error("a name longer than the buffer")
	}
	if root, next, ok := packet.DNSName(buf[:0], []byte{0}, 0); !ok || len(root) != 0 || next != 1 {
		t.Error("the root")
	}
	for n := range len(dnsQuery) {
		packet.DNSQuestion(buf[:], dnsQuery[:n]) // must not panic
	}
}

func FuzzParsers(f *testing.F) {
	f.Add(dnsQuery)
	f.Add(rextest.Packet(rextest.IPv4{}, rextest.TCP{Options: []byte{2, 4, 5, 0xb4}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var buf [packet.MaxDNSName]byte
		packet.DNSQuestion(buf[:], b)
		for off := range b {
			packet.DNSName(buf[:], b, off)
		}
		n := 0
		for range packet.TCPOptions(b) {
			n++
		}
		if n > 20 {
			t.Errorf("%d options", n)
		}
		packet.ParseGRE(b)
		packet.ParseVXLAN(b)
	})
}

func TestCursor(t *testing.T) {
	b := rextest.Packet(rextest.Ethernet{}, rextest.ARP{})
	c := packet.NewCursor(b)
	eth, ok := packet.Next[packet.Ethernet](&c)
	if !ok || eth.EtherType() != packet.EtherTypeARP || c.Len() != 28 {
		t.Fatalf("ethernet: %v, %d left", ok, c.Len())
	}
	eth.Src[0] = 0xaa
	if b[6] != 0xaa {
		t.Error("a copy")
	}
	v16, ok1 := c.Uint16()
	v8, ok2 := c.Uint8()
	_ = c.Skip(1)
	v32, ok3 := c.Uint32()
	if v16 != 1 || v8 != 8 || v32 != 0x06040001 || !ok1 || !ok2 || !ok3 {
		t.Errorf("numbers %d %d %#x", v16, v8, v32)
	}
	mac, ok := c.Take(6)
	if !ok || !bytes.Equal(mac, rextest.SrcMAC[:]) || cap(mac) != 6 {
		t.Errorf("take % x", mac)
	}
	if c.Skip(-1) || c.Skip(15) || c.Limit(15) || c.Limit(-1) || !c.Limit(3) {
		t.Error("skip or limit beyond the end")
	}
	if _, ok := packet.Next[packet.Ethernet](&c); ok || c.Len() != 3 {
		t.Error("next beyond the end")
	}
	if _, ok := c.Uint32(); ok {
		t.Error("number beyond the end")
	}
	if _, ok := c.Take(4); ok {
		t.Error("take beyond the end")
	}
	c.Skip(3)
	if _, ok := c.Uint8(); ok {
		t.Error("byte beyond the end")
	}
	if _, ok := c.Uint16(); ok || len(c.Rest()) != 0 {
		t.Error("at the end")
	}
}
