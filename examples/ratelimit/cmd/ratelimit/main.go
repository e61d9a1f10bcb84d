// SPDX-License-Identifier: Apache-2.0

// Command ratelimit lets each network send only so many packets a second and
// shows who sends too many.
//
//	ratelimit -iface eth0 -rate 1000 -burst 100 ratelimit.rexo
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/ratelimit"
	"github.com/rex-go/rex/loader"
)

func main() {
	var rate, burst uint64
	live.App{
		Name: "ratelimit", Program: "Filter",
		Flags: func(fs *flag.FlagSet) {
			fs.Uint64Var(&rate, "rate", 1000, "packets a `second` of each network")
			fs.Uint64Var(&burst, "burst", 100, "`packets` at once")
		},
		Setup: func(ext *loader.Extension) error {
			if rate == 0 || rate > 1e9 {
				return errors.New("-rate must be between 1 and 1000000000")
			}
			m, err := ext.Map("limit")
			if err != nil {
				return err
			}
			return m.Put(uint32(0), ratelimit.Limit{Interval: uint64(1e9) / rate, Burst: burst})
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			m, err := ext.Map("buckets")
			if err != nil {
				return err
			}
			var rows []row
			var r row
			it := m.Iterate()
			for it.Next(&r.prefix, &r.Bucket) {
				rows = append(rows, r)
			}
			if err := it.Err(); err != nil {
				return fmt.Errorf("read buckets: %w", err)
			}
			return show(w, rows)
		},
	}.Main()
}

// row is a bucket with its prefix.
type row struct {
	prefix ratelimit.Prefix
	ratelimit.Bucket
}

// network is a prefix as people write it.
func network(p ratelimit.Prefix) netip.Prefix {
	if a := netip.AddrFrom16(p); !a.Is4In6() {
		return netip.PrefixFrom(a, 64)
	} else {
		return netip.PrefixFrom(a.Unmap(), 24)
	}
}

// show prints the twenty networks of which most was dropped, with a bar of what
// passed (█) and what did not (░).
func show(w io.Writer, rows []row) error {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.Dropped, a.Dropped), cmp.Compare(b.Passed, a.Passed), network(a.prefix).Compare(network(b.prefix)))
	})
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NETWORK\tPASSED\tDROPPED\t")
	for _, r := range rows[:min(20, len(rows))] {
		dropped := int(20 * r.Dropped / max(r.Passed+r.Dropped, 1))
		fmt.Fprintf(tw, "%v\t%d\t%d\t%s%s\n", network(r.prefix), r.Passed, r.Dropped, strings.Repeat("█", 20-dropped), strings.Repeat("░", dropped))
	}
	return tw.Flush()
}
