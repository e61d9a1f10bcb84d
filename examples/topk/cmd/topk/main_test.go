// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/topk"
	"github.com/rex-go/rex/packet"
)

func TestShow(t *testing.T) {
	a := topk.Flow{Src: packet.IPv4Addr{192, 0, 2, 1}, Dst: packet.IPv4Addr{192, 0, 2, 2}, SrcPort: packet.BE16{0, 80}, DstPort: packet.BE16{1, 0}, Proto: packet.ProtoTCP}
	b := topk.Flow{Proto: packet.ProtoUDP}
	var cpus [2]topk.Top
	cpus[0] = topk.Top{Total: 100, N: 2, Items: [topk.K]topk.Item{{Flow: b, Bytes: 10, Over: 3}, {Flow: a, Bytes: 60}}}
	cpus[1] = topk.Top{Total: 100, N: 1, Items: [topk.K]topk.Item{{Flow: a, Bytes: 40, Over: 1}, {Flow: b, Bytes: 1000}}}
	items, total := merge(cpus[:])
	var w strings.Builder
	if err := show(&w, items, total); err != nil {
		t.Fatal(err)
	}
	want := `
PROTO  SOURCE        DESTINATION    BYTES  AT MOST TOO MANY  SHARE OF 200
tcp    192.0.2.1:80  192.0.2.2:256  100    1                 ██████████ 50.0 %
udp    0.0.0.0:0     0.0.0.0:0      10     3                 █ 5.0 %
`
	if w.String() != want[1:] {
		t.Errorf("got\n%s", w.String())
	}
}
