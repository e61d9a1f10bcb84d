// SPDX-License-Identifier: Apache-2.0

// Command syscount shows which system calls are made, how often, how many fail,
// and how long they take.
//
//	syscount -pid 1234 syscount.rexo
package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/internal/sysname"
	"github.com/rex-go/rex/examples/syscount"
	"github.com/rex-go/rex/loader"
)

func main() {
	var pid, top uint
	live.App{
		Name: "syscount",
		Flags: func(fs *flag.FlagSet) {
			fs.UintVar(&pid, "pid", 0, "`process` to look at; 0: all")
			fs.UintVar(&top, "top", 10, "how many system calls to `show`")
		},
		Setup: func(ext *loader.Extension) error { return live.Put(ext, "only", uint32(0), uint32(pid)) },
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			rows, err := read(ext)
			if err != nil {
				return err
			}
			return show(w, rows, int(top))
		},
	}.Main()
}

// row is a system call's sum over all CPUs.
type row struct {
	nr int
	syscount.Call
}

func read(ext *loader.Extension) (rows []row, err error) {
	calls, err := live.Entries[uint32, syscount.Call](ext, "calls")
	if err != nil {
		return nil, err
	}
	for _, e := range calls {
		r := row{nr: int(e.Key)}
		for _, c := range e.PerCPU {
			r.Count += c.Count
			r.Errors += c.Errors
			r.Nanos += c.Nanos
		}
		if r.Count > 0 {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// show prints the system calls that took the most time.
func show(w io.Writer, rows []row, top int) error {
	var all uint64
	for _, r := range rows {
		all += r.Nanos
	}
	slices.SortFunc(rows, func(a, b row) int { return int(int64(b.Nanos - a.Nanos)) })
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "call\tcount\terrors\ttime\tmean\tshare\t")
	for _, r := range rows[:min(top, len(rows))] {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%v\t%v\t%.1f %%\t\n", sysname.Of(r.nr), r.Count, r.Errors,
			time.Duration(r.Nanos).Round(time.Microsecond), time.Duration(r.Nanos/r.Count), 100*float64(r.Nanos)/float64(max(all, 1)))
	}
	return tw.Flush()
}
