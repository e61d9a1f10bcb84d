// SPDX-License-Identifier: Apache-2.0

package main

import "net/netip"

func showAddr(a netip.Addr) {
	println(a.String(), a.StringExpanded(), a.BitLen(), a.Zone(), a.IsValid(), a.Is4(), a.Is6(), a.Is4In6(), a.IsGlobalUnicast(), a.IsInterfaceLocalMulticast(), a.IsLinkLocalMulticast(), a.IsLinkLocalUnicast(), a.IsLoopback(), a.IsMulticast(), a.IsPrivate(), a.IsUnspecified())
	println(a.Next().String(), a.Prev().String(), a.Unmap().String(), a.WithZone("eth9").String(), string(a.AppendTo([]byte("> "))), len(a.AsSlice()))
	t, err := a.MarshalText()
	println(string(t), err == nil)
	b, err := a.MarshalBinary()
	println(len(b), err == nil)
	t, err = a.AppendText([]byte("t"))
	println(string(t), err == nil)
	b2, err := a.AppendBinary([]byte("b"))
	println(len(b2), err == nil)
	t = t[1:]
	var c netip.Addr
	println(c.UnmarshalText(t) == nil, c == a, c.UnmarshalBinary(b) == nil, c == a)
	if a.IsValid() {
		p, err := a.Prefix(12)
		println(p.String(), err == nil)
		x := a.As16()
		println(netip.AddrFrom16(x).Unmap().WithZone(a.Zone()) == a.Unmap())
	}
}

func testNetip() {
	for _, s := range []string{"1.2.3.4", "10.0.0.1", "255.255.255.255", "::1", "fe80::1%eth0", "2001:db8::8a2e:370:7334", "::ffff:1.2.3.4", "ff02::1", "", "1.2.3", "1.2.3.4.5", "::g", "1:2:3:4:5:6:7:8:9", "01.2.3.4", "fe80::1%"} {
		a, err := netip.ParseAddr(s)
		if err != nil {
			println(err.Error())
		}
		showAddr(a)
	}
	println(netip.MustParseAddr("fe80::1%a") == netip.MustParseAddr("fe80::1%a"), netip.MustParseAddr("fe80::1%a") == netip.MustParseAddr("fe80::1%b"), netip.MustParseAddr("fe80::1%a").Compare(netip.MustParseAddr("fe80::1%b")), netip.MustParseAddr("1.2.3.4").Less(netip.MustParseAddr("::1")))
	println(netip.AddrFrom4([4]byte{1, 2, 3, 4}).As4() == [4]byte{1, 2, 3, 4}, netip.IPv4Unspecified().String(), netip.IPv6Unspecified().String(), netip.IPv6LinkLocalAllNodes().String(), netip.IPv6LinkLocalAllRouters().String(), netip.IPv6Loopback().String())
	a, ok := netip.AddrFromSlice([]byte{9, 8, 7, 6})
	println(a.String(), ok)
	for _, s := range []string{"1.2.3.4:80", "[::1]:443", "[fe80::1%eth0]:1", "x", "1.2.3.4:99999", ":80", "::1:80"} {
		ap, err := netip.ParseAddrPort(s)
		if err != nil {
			println(err.Error())
			continue
		}
		println(ap.String(), ap.Addr().String(), ap.Port(), ap.IsValid(), string(ap.AppendTo(nil)), ap.Compare(netip.AddrPortFrom(a, 80)))
		t, err := ap.MarshalText()
		println(string(t), err == nil)
		b, err := ap.MarshalBinary()
		println(len(b), err == nil)
		t, err = ap.AppendText(nil)
		println(string(t), err == nil)
		b, err = ap.AppendBinary(nil)
		println(len(b), err == nil)
		var c netip.AddrPort
		println(c.UnmarshalText(t) == nil, c.UnmarshalBinary(b) == nil, c == ap)
	}
	println(netip.MustParseAddrPort("1.2.3.4:5").Port())
	for _, s := range []string{"10.1.2.3/8", "::/0", "2001:db8::/32", "1.2.3.4/33", "1.2.3.4", "1.2.3.4/-1", "fe80::1%a/64", "1.2.3.4/08"} {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			println(err.Error())
			continue
		}
		println(p.String(), p.Addr().String(), p.Bits(), p.IsValid(), p.IsSingleIP(), p.Masked().String(), p.Contains(netip.MustParseAddr("10.9.9.9")), p.Contains(netip.MustParseAddr("2001:db8::1")), p.Overlaps(netip.MustParsePrefix("10.0.0.0/16")), string(p.AppendTo(nil)), p.Compare(netip.PrefixFrom(a, 8)))
		t, err := p.MarshalText()
		println(string(t), err == nil)
		b, err := p.MarshalBinary()
		println(len(b), err == nil)
		t, err = p.AppendText(nil)
		println(string(t), err == nil)
		b, err = p.AppendBinary(nil)
		println(len(b), err == nil)
		var c netip.Prefix
		println(c.UnmarshalText(t) == nil, c.UnmarshalBinary(b) == nil, c == p)
	}
}
