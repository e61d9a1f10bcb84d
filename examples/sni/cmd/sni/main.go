// SPDX-License-Identifier: Apache-2.0

// Command sni drops TLS handshakes on an interface by the server's name and
// shows which rules were hit.
//
//	sni -iface eth0 -block ads.example.com,tracker.example -allow ok.tracker.example sni.rexo
package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/sni"
	"github.com/rex-go/rex/loader"
)

func main() {
	var block, allow string
	live.App{
		Name: "sni", Program: "Filter",
		Flags: func(fs *flag.FlagSet) {
			fs.StringVar(&block, "block", "", "`domains` to drop, separated by commas")
			fs.StringVar(&allow, "allow", "", "`domains` below them to let pass")
		},
		Setup: func(ext *loader.Extension) error {
			rules, err := ext.Map("rules")
			if err != nil {
				return err
			}
			for i, list := range []string{block, allow} {
				for name := range strings.SplitSeq(list, ",") {
					if name == "" {
						continue
					}
					if err := rules.Put(sni.Domain(name), sni.Rule{Allow: uint32(i)}); err != nil {
						return fmt.Errorf("add rule for %s: %w", name, err)
					}
				}
			}
			return nil
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			sums, err := live.Sums(ext, "stats", sni.NumStats)
			if err != nil {
				return err
			}
			rules, err := live.Entries[rex.Prefix[sni.Suffix], sni.Rule](ext, "rules")
			if err != nil {
				return err
			}
			var rows []row
			for _, r := range rules {
				rows = append(rows, row{domain(r.Key), *r.Value})
			}
			return show(w, sums, rows)
		},
	}.Main()
}

// row is a rule with its domain.
type row struct {
	domain string
	sni.Rule
}

// domain is the name that a prefix stands for.
func domain(p rex.Prefix[sni.Suffix]) string {
	b := slices.Clone(p.Addr[:p.Bits/8-1])
	slices.Reverse(b)
	return string(b)
}

// show prints the sums, and the rules that were hit, most hits first.
func show(w io.Writer, sums []uint64, rows []row) error {
	fmt.Fprintf(w, "passed %d  dropped %d  without name %d  malformed %d\n",
		sums[sni.Passed], sums[sni.Dropped], sums[sni.NoName], sums[sni.Malformed])
	slices.SortFunc(rows, func(a, b row) int {
		if a.Hits != b.Hits {
			return int(b.Hits) - int(a.Hits)
		}
		return strings.Compare(a.domain, b.domain)
	})
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if r.Hits > 0 {
			fmt.Fprintf(tw, "  %s\t%s\t%d\n", []string{"block", "allow"}[min(r.Allow, 1)], r.domain, r.Hits)
		}
	}
	return tw.Flush()
}
