// SPDX-License-Identifier: Apache-2.0

// Command blklatency shows how long block devices take for their requests.
//
//	blklatency -every 5s blklatency.rexo
package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rex-go/rex/examples/blklatency"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/loader"
)

func main() {
	live.App{
		Name: "blklatency",
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			all, err := read(ext)
			if err != nil {
				return err
			}
			for _, s := range all {
				show(w, name(s.Dev), s)
			}
			return nil
		},
	}.Main()
}

// series is a histogram over all CPUs.
type series struct {
	blklatency.Series
	blklatency.Histogram
}

func read(ext *loader.Extension) (all []series, err error) {
	latency, err := live.Entries[blklatency.Series, blklatency.Histogram](ext, "latency")
	if err != nil {
		return nil, err
	}
	for _, e := range latency {
		s := series{Series: e.Key}
		for _, h := range e.PerCPU {
			for i, n := range h.Slots {
				s.Slots[i] += n
			}
			s.Nanos += h.Nanos
			s.Histogram.Bytes += h.Bytes
			s.Max = max(s.Max, h.Max)
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b series) int {
		return cmp.Or(cmp.Compare(a.Dev, b.Dev), cmp.Compare(a.Write, b.Write))
	})
	return all, nil
}

// name finds a device's name by its number.
func name(dev uint32) string {
	number := fmt.Sprintf("%d:%d", dev>>20, dev&(1<<20-1))
	target, err := os.Readlink("/sys/dev/block/" + number)
	if errors.Is(err, os.ErrNotExist) {
		return number
	}
	return filepath.Base(target)
}

// show prints a histogram.
func show(w io.Writer, dev string, s series) {
	n, most := uint64(0), uint64(0)
	first, last := len(s.Slots), 0
	for i, c := range s.Slots {
		if n, most = n+c, max(most, c); c > 0 {
			first, last = min(first, i), i
		}
	}
	if n == 0 {
		return
	}
	what := [...]string{"reads", "writes"}[min(s.Write, 1)]
	fmt.Fprintf(w, "%s: %d %s, %d bytes, mean %v, longest %v\n", dev, n, what, s.Histogram.Bytes,
		time.Duration(s.Nanos/n).Round(time.Microsecond), time.Duration(s.Max).Round(time.Microsecond))
	for i := first; i <= last; i++ {
		limit := "<  " + (time.Microsecond << i).String()
		if i == len(s.Slots)-1 {
			limit = ">= " + (time.Microsecond << (i - 1)).String()
		}
		bar := strings.Repeat("█", int((s.Slots[i]*40+most-1)/most))
		fmt.Fprintf(w, "  %-13s %8d  %s\n", limit, s.Slots[i], bar)
	}
}
