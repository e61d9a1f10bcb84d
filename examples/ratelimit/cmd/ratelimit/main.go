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
			return live.Put(ext, "limit", uint32(0), ratelimit.Limit{Interval: uint64(1e9) / rate, Burst: burst})
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			buckets, err := live.Entries[ratelimit.Prefix, ratelimit.Bucket](ext, "buckets")
			if err != nil {
				return err
			}
			return show(w, buckets)
		},
	}.Main()
}

// row is a bucket with its prefix.
type row = loader.Entry[ratelimit.Prefix, ratelimit.Bucket]

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
		return cmp.Or(cmp.Compare(b.Value.Dropped, a.Value.Dropped), cmp.Compare(b.Value.Passed, a.Value.Passed), network(a.Key).Compare(network(b.Key)))
	})
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NETWORK\tPASSED\tDROPPED\t")
	for _, r := range rows[:min(20, len(rows))] {
		b := r.Value
		dropped := int(20 * b.Dropped / max(b.Passed+b.Dropped, 1))
		fmt.Fprintf(tw, "%v\t%d\t%d\t%s%s\n", network(r.Key), b.Passed, b.Dropped, strings.Repeat("█", 20-dropped), strings.Repeat("░", dropped))
	}
	return tw.Flush()
}
