// SPDX-License-Identifier: Apache-2.0

// Command jsonlog shows what services log over UDP, by level.
//
//	jsonlog -iface eth0 -drop debug jsonlog.rexo
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

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/jsonlog"
	"github.com/rex-go/rex/loader"
)

func main() {
	var level string
	live.App{
		Name: "jsonlog", Program: "Read",
		Flags: func(fs *flag.FlagSet) { fs.StringVar(&level, "drop", "", "`level` whose lines are dropped") },
		Setup: func(ext *loader.Extension) error {
			var w jsonlog.Word
			copy(w[:], level)
			return live.Put(ext, "drop", uint32(0), w)
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			sums, err := live.Sums(ext, "stats", jsonlog.NumStats)
			if err != nil {
				return err
			}
			all, err := live.Entries[jsonlog.Row, jsonlog.Sum](ext, "sums")
			if err != nil {
				return err
			}
			var rows []row
			for _, e := range all {
				rows = append(rows, row{text(e.Key.Service), text(e.Key.Level), e.Value})
			}
			return show(w, sums, rows)
		},
	}.Main()
}

type row struct {
	service, level string
	*jsonlog.Sum
}

func text(w jsonlog.Word) string { return strings.TrimRight(string(w[:]), "\x00") }

// show prints the rows, with a bar for the share of the lines.
func show(w io.Writer, sums []uint64, rows []row) error {
	total := sums[jsonlog.Lines]
	fmt.Fprintf(w, "lines %d  dropped %d  malformed %d\n", total, sums[jsonlog.Dropped], sums[jsonlog.Malformed])
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.Lines, a.Lines), cmp.Compare(a.service, b.service), cmp.Compare(a.level, b.level))
	})
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "SERVICE\tLEVEL\tLINES\tBYTES\tTIME\t")
	for _, r := range rows {
		mean := "-"
		if r.Timed > 0 {
			mean = (time.Duration(r.Nanos / r.Timed)).String()
		}
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%s\t%s\n", cmp.Or(r.service, "-"), cmp.Or(r.level, "-"), r.Lines, r.Bytes, mean,
			strings.Repeat("█", int(20*r.Lines/max(total, 1))))
	}
	return tw.Flush()
}
