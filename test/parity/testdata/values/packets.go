// SPDX-License-Identifier: Apache-2.0

package values

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/xdp"
)

// parse writes all that package packet finds in a packet.
func parse(ctx *xdp.Context) {
	eth, b, ok := packet.ParseEthernet(ctx.Data())
	report.Is("Ethernet", ok)
	if !ok {
		return
	}
	typ := eth.EtherType()
	report.Number("type", typ)
	if typ == packet.EtherTypeVLAN || typ == packet.EtherTypeQinQ {
		if v, _, ok := packet.ParseVLAN(b); ok {
			report.Number("VLAN", v.ID())
			report.Number("priority", v.Priority())
			report.Number("type", v.EtherType())
		}
	}
	typ, b, ok = packet.SkipVLAN(typ, b)
	report.Is("behind tags", ok)
	report.Number("type", typ)
	switch typ {
	case packet.EtherTypeARP:
		if a, ok := packet.ParseARP(b); ok {
			report.Number("ARP", a.Op())
			report.Bytes("sender", a.SenderIP[:])
		}
	case packet.EtherTypeIPv4:
		ip, b, ok := packet.ParseIPv4(b)
		report.Is("IPv4", ok)
		if !ok {
			return
		}
		report.Number("version", ip.Version())
		report.Number("header", ip.HeaderLen())
		report.Number("offset", ip.FragmentOffset())
		report.Is("more", ip.MoreFragments())
		transport(ip.Protocol, b)
	case packet.EtherTypeIPv6:
		ip, b, ok := packet.ParseIPv6(b)
		report.Is("IPv6", ok)
		if !ok {
			return
		}
		report.Number("version", ip.Version())
		report.Number("class", ip.TrafficClass())
		report.Number("flow", ip.FlowLabel())
		proto, b, first, ok := packet.SkipExtensions(ip.NextHeader, b)
		report.Is("behind extensions", ok)
		report.Is("first fragment", first)
		if ok && first {
			transport(proto, b)
		}
	}
}

func transport(proto packet.Protocol, b []byte) {
	report.Number("protocol", proto)
	report.Number("bytes", len(b))
	report.Number("checksum", packet.Checksum(b))
	switch proto {
	case packet.ProtoTCP:
		tcp, payload, ok := packet.ParseTCP(b)
		report.Is("TCP", ok)
		if !ok {
			return
		}
		report.Number("header", tcp.HeaderLen())
		report.Is("SYN", tcp.Has(packet.TCPSyn))
		report.Is("SYN and ACK", tcp.Has(packet.TCPSyn|packet.TCPAck))
		report.Number("payload", len(payload))
		for kind, data := range packet.TCPOptions(b) {
			report.Number("option", kind)
			report.Bytes("data", data)
		}
		for kind := range packet.TCPOptions(b) {
			report.Number("the first", kind)
			break
		}
	case packet.ProtoUDP:
		udp, payload, ok := packet.ParseUDP(b)
		report.Is("UDP", ok)
		if !ok {
			return
		}
		report.Number("port", udp.DstPort.Get())
		report.Number("payload", len(payload))
		if h, frame, ok := packet.ParseVXLAN(payload); ok && udp.DstPort.Get() == packet.VXLANPort {
			report.Number("VXLAN", h.VNI())
			report.Number("frame", len(frame))
		}
		if udp.DstPort.Get() == 53 {
			dns(payload)
		}
	case packet.ProtoICMP, packet.ProtoICMPv6:
		icmp, payload, ok := packet.ParseICMP(b)
		report.Is("ICMP", ok)
		if ok {
			report.Number("type", icmp.Type)
			report.Number("echo", icmp.EchoID())
			report.Number("sequence", icmp.EchoSeq())
			report.Number("payload", len(payload))
		}
	case packet.ProtoGRE:
		gre, key, payload, ok := packet.ParseGRE(b)
		report.Is("GRE", ok)
		if ok {
			report.Number("type", gre.EtherType())
			report.Number("header", gre.HeaderLen())
			report.Number("key", key)
			report.Number("payload", len(payload))
		}
	}
}

func dns(msg []byte) {
	h, rest, ok := packet.ParseDNS(msg)
	report.Is("DNS", ok)
	if !ok {
		return
	}
	report.Is("response", h.IsResponse())
	report.Is("truncated", h.IsTruncated())
	report.Number("operation", h.Opcode())
	report.Number("result", h.ResponseCode())
	report.Number("rest", len(rest))
	var buf [packet.MaxDNSName]byte
	name, typ, ok := packet.DNSQuestion(buf[:], msg)
	report.Is("question", ok)
	report.String("name", string(name))
	report.Number("type", typ)
}

func domainNames(*xdp.Context) {
	msgs := [...]string{
		"\x03www\x07Example\x03ORG\x00", "\x00", "", "\x05a", "\x40aaaa", "\xc0\x00", "\xc0", "\x01a\xc0\x00",
		"\x01a\x00\x01b\xc0\x00", "\x3f" + "012345678901234567890123456789012345678901234567890123456789012" + "\x00",
	}
	for _, m := range msgs {
		for _, n := range [...]int{0, 5, packet.MaxDNSName} {
			for _, off := range [...]int{0, 3, len(m), -1} {
				name, next, ok := packet.DNSName(make([]byte, n), []byte(m), off)
				report.Is("DNSName", ok)
				report.String("name", string(name))
				report.Number("next", next)
			}
		}
	}
}

// rewrite changes an IPv4 packet; the test sees the bytes.
func rewrite(ctx *xdp.Context) {
	c := packet.NewCursor(ctx.Data())
	if eth, ok := packet.Next[packet.Ethernet](&c); !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		report.Is("IPv4", false)
		return
	}
	ip, b, ok := packet.ParseIPv4(c.Rest())
	if !ok {
		return
	}
	src, to, dst := ip.Src, packet.IPv4Addr{10, 1, 2, 3}, packet.IPv4Addr{255, 254, 0, 1}
	d := packet.ChecksumDiff(ip.Dst[:], dst[:])
	report.Number("diff", d)
	both := d.Add(packet.ChecksumDiff(src[:], to[:])).Add(packet.ChecksumDiff(nil, b[:2]))
	report.Number("sum of diffs", both)
	report.Number("applied", both.Apply(ip.Checksum.Get()))
	ip.SetSrc(to)
	ip.SetDst(dst)
	ip.SetTTL(ip.TTL - 1)
	ip.SetTotalLen(ip.TotalLen.Get() + 300)
	report.Number("header's checksum", packet.Checksum(ctx.Data()[14:14+ip.HeaderLen()]))
	switch ip.Protocol {
	case packet.ProtoTCP:
		if tcp, _, ok := packet.ParseTCP(b); ok {
			tcp.UpdateAddr(src[:], to[:])
			tcp.SetSrcPort(1)
			tcp.SetDstPort(65535)
			from := tcp.Window
			tcp.Window.Set(77)
			packet.UpdateChecksum(&tcp.Checksum, from[:], tcp.Window[:])
		}
	case packet.ProtoUDP:
		if udp, _, ok := packet.ParseUDP(b); ok {
			udp.UpdateAddr(src[:], to[:])
			udp.SetSrcPort(65535)
			udp.SetDstPort(0)
		}
	}
}

type head struct {
	A uint8
	B packet.BE16
	C [3]byte
}

func cursor(ctx *xdp.Context) {
	for n := range 12 {
		c := packet.NewCursor(ctx.Data()[:n])
		report.Number("bytes", c.Len())
		h, ok := packet.Next[head](&c)
		report.Is("Next", ok)
		if h != nil {
			report.Number("B", h.B.Get())
		}
		a, ok := c.Uint8()
		report.Is("Uint8", ok)
		report.Number("value", a)
		b, ok := c.Uint16()
		report.Is("Uint16", ok)
		report.Number("value", b)
		d, ok := c.Uint32()
		report.Is("Uint32", ok)
		report.Number("value", d)
		for _, k := range [...]int{-1, 1, 2, 1 << 40} {
			t, ok := c.Take(k)
			report.Is("Take", ok)
			report.Bytes("taken", t)
			report.Is("Skip", c.Skip(k))
			report.Is("Limit", c.Limit(k))
			report.Number("left", c.Len())
		}
	}
}

// cutOff parses every beginning of the packet.
func cutOff(ctx *xdp.Context) {
	data := ctx.Data()
	for n := range min(len(data), 80) {
		b := data[:n]
		var bits uint32
		note := func(i int, ok bool) {
			if ok {
				bits |= 1 << i
			}
		}
		_, _, ok := packet.ParseEthernet(b)
		note(0, ok)
		_, _, ok = packet.ParseVLAN(b)
		note(1, ok)
		_, ok = packet.ParseARP(b)
		note(2, ok)
		for i := range n {
			_, _, ok = packet.ParseIPv4(b[i:])
			note(3, ok)
			_, _, ok = packet.ParseIPv6(b[i:])
			note(4, ok)
			_, _, ok = packet.ParseTCP(b[i:])
			note(5, ok)
			_, _, ok = packet.ParseUDP(b[i:])
			note(6, ok)
			_, _, ok = packet.ParseICMP(b[i:])
			note(7, ok)
			_, _, _, ok = packet.ParseGRE(b[i:])
			note(8, ok)
			_, _, ok = packet.ParseVXLAN(b[i:])
			note(9, ok)
			_, _, ok = packet.ParseDNS(b[i:])
			note(10, ok)
			_, _, _, ok = packet.SkipExtensions(packet.Protocol(b[i]), b[i:])
			note(11, ok)
			_, _, ok = packet.SkipVLAN(packet.EtherTypeVLAN, b[i:])
			note(12, ok)
		}
		report.Number("parsed", bits)
	}
}

func byteOrder(ctx *xdp.Context) {
	type numbers struct {
		A packet.BE16
		B packet.BE32
		C packet.BE64
	}
	v, ok := rex.View[numbers](ctx.Data())
	if !ok {
		return
	}
	report.Number("16 bits", v.A.Get())
	report.Number("32 bits", v.B.Get())
	report.Number("64 bits", v.C.Get())
	v.A.Set(0x1234)
	v.B.Set(0x89abcdef)
	v.C.Set(0xfedcba9876543210)
}

func views(ctx *xdp.Context) {
	data := ctx.Data()
	for _, n := range [...]int{0, 5, 6, 7} {
		h, ok := rex.View[head](data[:n])
		report.Number("bytes", n)
		report.Is("View", ok)
		report.Is("nil", h == nil)
		for _, off := range [...]int{-1 << 63, -1, 0, 1, n, n + 1, 1<<63 - 1} {
			h, ok := rex.ViewAt[head](data[:n], off)
			report.Is("ViewAt", ok)
			report.Is("nil", h == nil)
			e, ok := rex.ViewAt[struct{}](data[:n], off)
			report.Is("of nothing", ok)
			report.Is("nil", e == nil)
		}
	}
	if h, ok := rex.ViewAt[head](data, 3); ok {
		h.B.Set(0x5566) // reaches the packet
		h.C[2]++
	}
	_, ok := rex.View[head](nil)
	report.Is("of nil", ok)
}

func viewOfNothing(ctx *xdp.Context) {
	h, _ := rex.View[head](ctx.Data()[:5])
	report.Number("not reached", h.A)
}

func beyondView(ctx *xdp.Context) {
	if h, ok := rex.View[head](ctx.Data()); ok {
		report.Number("not reached", h.C[len(ctx.Data())])
	}
}

// receive is of the context itself.
func receive(ctx *xdp.Context) {
	report.Number("interface", ctx.IngressIfindex())
	report.Number("queue", ctx.RxQueueIndex())
	report.Number("bytes", len(ctx.Data()))
	report.Number("room", cap(ctx.Data()))
	report.Number("metadata", len(ctx.Meta()))
}
