// SPDX-License-Identifier: Apache-2.0

// Command httproute shows HTTP/1 requests by route, and drops those that a route
// does not allow.
//
//	httproute -iface eth0 -route /=GET,HEAD -route /api=GET,POST -route /admin= httproute.rexo
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/examples/httproute"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/loader"
)

func main() {
	routes := map[string]httproute.Methods{}
	live.App{
		Name: "httproute", Program: "Filter",
		Flags: func(fs *flag.FlagSet) {
			fs.Func("route", "`PATH=METHODS` that are allowed; may be given several times", func(s string) error {
				path, methods, err := parse(s)
				routes[path] = methods
				return err
			})
		},
		Setup: func(ext *loader.Extension) error {
			m, err := ext.Map("routes")
			if err != nil {
				return err
			}
			for path, allow := range routes {
				if err := m.Put(httproute.Prefix(path), httproute.Route{Allow: allow}); err != nil {
					return fmt.Errorf("add route %s: %w", path, err)
				}
			}
			return nil
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			sums, err := live.Sums(ext, "stats", httproute.NumStats)
			if err != nil {
				return err
			}
			routes, err := live.Entries[rex.Prefix[httproute.Path], httproute.Route](ext, "routes")
			if err != nil {
				return err
			}
			var rows []row
			for _, r := range routes {
				rows = append(rows, row{string(r.Key.Addr[:r.Key.Bits/8]), *r.Value})
			}
			return show(w, sums, rows)
		},
	}.Main()
}

// parse reads a route as in -route.
func parse(s string) (path string, allow httproute.Methods, err error) {
	path, methods, ok := strings.Cut(s, "=")
	if !ok || !strings.HasPrefix(path, "/") {
		return "", 0, fmt.Errorf("route %q is not PATH=METHODS", s)
	}
	for name := range strings.SplitSeq(methods, ",") {
		i := slices.Index(httproute.Names[:], name)
		if i < 0 && name != "" {
			return "", 0, fmt.Errorf("no method %q (methods: %s)", name, strings.Join(httproute.Names[:], " "))
		}
		if i >= 0 {
			allow |= 1 << i
		}
	}
	return path, allow, nil
}

// row is a route with its path.
type row struct {
	path string
	httproute.Route
}

// show prints the routes by path, with the requests of each method.
func show(w io.Writer, sums []uint64, rows []row) error {
	fmt.Fprintf(w, "routed %d  denied %d  without route %d  malformed %d  in pieces %d\n",
		sums[httproute.Routed], sums[httproute.Denied], sums[httproute.NoRoute], sums[httproute.Malformed], sums[httproute.Split])
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.path, b.path) })
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ROUTE\tDENIED\tREQUESTS")
	for _, r := range rows {
		var list []string
		for i, n := range r.Requests {
			if n > 0 {
				list = append(list, fmt.Sprintf("%s %d", httproute.Names[i], n))
			}
		}
		fmt.Fprintf(tw, "%s\t%d\t%s\n", r.path, r.Denied, cmp.Or(strings.Join(list, ", "), "-"))
	}
	return tw.Flush()
}
