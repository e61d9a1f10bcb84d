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
			m, err := ext.Map("chains")
			if err != nil {
				return err
			}
			var rows []row
			var r row
			it := m.Iterate()
			for it.Next(&r.chain, &r.n) {
				rows = append(rows, r)
			}
			if err := it.Err(); err != nil {
				return fmt.Errorf("read chains: %w", err)
			}
			return show(w, rows)
		},
	}.Main()
}

// row is how many packets had a chain.
type row struct {
	chain ip6walk.Chain
	n     uint64
}

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
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(chain(a.chain), chain(b.chain)))
	})
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "PACKETS\tCHAIN\t")
	for _, r := range rows {
		fmt.Fprintf(tw, "%d\t%s\t%s\n", r.n, chain(r.chain), findings[r.chain.Finding])
	}
	return tw.Flush()
}
