// SPDX-License-Identifier: Apache-2.0

package packet_test

import (
	"fmt"

	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
)

func ExampleParseIPv4() {
	pkt := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{TTL: 3}, rextest.UDP{DstPort: 53}, rextest.Text("query"))

	eth, b, ok := packet.ParseEthernet(pkt)
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok || ip.Protocol != packet.ProtoUDP {
		return
	}
	udp, b, ok := packet.ParseUDP(b)
	if !ok {
		return
	}
	fmt.Println(ip.Src, ip.TTL, udp.DstPort.Get(), string(b))
	// Output: 192.0.2.1 3 53 query
}

func ExampleSkipExtensions() {
	pkt := rextest.Packet(rextest.IPv6{}, rextest.Extension{Type: packet.ProtoHopByHop}, rextest.TCP{DstPort: 443})

	ip, b, _ := packet.ParseIPv6(pkt)
	proto, b, first, ok := packet.SkipExtensions(ip.NextHeader, b)
	if !ok || !first || proto != packet.ProtoTCP {
		return
	}
	tcp, _, _ := packet.ParseTCP(b)
	fmt.Println(tcp.DstPort.Get())
	// Output: 443
}
