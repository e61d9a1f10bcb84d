// SPDX-License-Identifier: Apache-2.0

// Command ip6walk shows the chains of IPv6 extension headers that come in on an
// interface, and what was dropped because of them.
//
//	ip6walk -iface eth0 ip6walk.rexo
package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/ip6walk"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/packet"
)

func main() {
	live.App{
		Name: "ip6walk", Program: "Walk",
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			chains, err := live.Entries[ip6walk.Chain, uint64](ext, "chains")
			if err != nil {
				return err
			}
			return show(w, chains)
		},
	}.Main()
}

// row is how many packets had a chain.
type row = loader.Entry[ip6walk.Chain, uint64]

var findings = [ip6walk.NumFindings]string{
	"", "dropped: truncated", "dropped: too many headers", "dropped: header repeated", "dropped: hop-by-hop options are not first",
	"dropped: type 0 routing header", "dropped: first fragment without all headers",
}

var names = map[packet.Protocol]string{
	packet.ProtoHopByHop: "hop-by-hop", packet.ProtoRouting: "routing", packet.ProtoFragment: "fragment", packet.ProtoAH: "ah",
	packet.ProtoDstOpts: "options", packet.ProtoTCP: "tcp", packet.ProtoUDP: "udp", packet.ProtoICMPv6: "icmp", packet.ProtoNone: "nothing",
}

// chain is a chain as text.
func chain(c ip6walk.Chain) string {
	var list []string
	for _, p := range c.Headers {
		if p == 255 {
			break
		}
		list = append(list, cmp.Or(names[p], fmt.Sprint(uint8(p))))
	}
	return strings.Join(list, " > ")
}

// show prints the chains, the most frequent first.
func show(w io.Writer, rows []row) error {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(*b.Value, *a.Value), cmp.Compare(chain(a.Key), chain(b.Key)))
	})
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "PACKETS\tCHAIN\t")
	for _, r := range rows {
		fmt.Fprintf(tw, "%d\t%s\t%s\n", *r.Value, chain(r.Key), findings[r.Key.Finding])
	}
	return tw.Flush()
}
