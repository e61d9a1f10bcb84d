// SPDX-License-Identifier: Apache-2.0

// Command topk shows the flows with the most bytes on an interface.
//
//	topk -iface eth0 -n 10 topk.rexo
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/topk"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/packet"
)

func main() {
	n := 10
	live.App{
		Name: "topk", Program: "Count",
		Flags: func(fs *flag.FlagSet) { fs.IntVar(&n, "n", 10, "how many flows to `show`") },
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			perCPU, err := live.Get[[]topk.Top](ext, "tops", uint32(0))
			if err != nil {
				return err
			}
			items, total := merge(perCPU)
			return show(w, items[:min(n, len(items))], total)
		},
	}.Main()
}

// merge adds up what the CPUs have of each flow, largest first.
func merge(perCPU []topk.Top) (items []topk.Item, total uint64) {
	sums := make(map[topk.Flow]topk.Item)
	for _, top := range perCPU {
		total += top.Total
		for _, item := range top.Items[:min(top.N, topk.K)] {
			s := sums[item.Flow]
			sums[item.Flow] = topk.Item{Flow: item.Flow, Bytes: s.Bytes + item.Bytes, Over: s.Over + item.Over}
		}
	}
	for _, s := range sums {
		items = append(items, s)
	}
	slices.SortFunc(items, func(a, b topk.Item) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return items, total
}

// show prints a table with a bar for each flow.
func show(w io.Writer, items []topk.Item, total uint64) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "PROTO\tSOURCE\tDESTINATION\tBYTES\tAT MOST TOO MANY\tSHARE OF %d\n", total)
	for _, i := range items {
		share := float64(i.Bytes) / float64(max(total, 1))
		fmt.Fprintf(tw, "%s\t%v\t%v\t%d\t%d\t%s %.1f %%\n", proto(i.Flow.Proto), addr(i.Flow.Src, i.Flow.SrcPort), addr(i.Flow.Dst, i.Flow.DstPort),
			i.Bytes, i.Over, strings.Repeat("█", int(share*20+0.5)), share*100)
	}
	return tw.Flush()
}

func addr(a packet.IPv4Addr, port packet.BE16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4(a), port.Get())
}

func proto(p packet.Protocol) string {
	switch p {
	case packet.ProtoICMP:
		return "icmp"
	case packet.ProtoTCP:
		return "tcp"
	case packet.ProtoUDP:
		return "udp"
	}
	return fmt.Sprint(uint8(p))
}
