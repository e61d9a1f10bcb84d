// SPDX-License-Identifier: Apache-2.0

// Command ahocorasick drops packets whose payload holds a pattern, and shows
// which patterns were found. The file has one pattern a line.
//
//	ahocorasick -iface eth0 -patterns patterns.txt ahocorasick.rexo
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rex-go/rex/examples/ahocorasick"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/loader"
)

func main() {
	var file string
	var top int
	var patterns []string
	live.App{
		Name: "ahocorasick", Program: "Search",
		Flags: func(fs *flag.FlagSet) {
			fs.StringVar(&file, "patterns", "", "`file` with a pattern on each line")
			fs.IntVar(&top, "top", 10, "how many patterns to `show`")
		},
		Setup: func(ext *loader.Extension) error {
			text, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("read patterns: %w", err)
			}
			patterns = split(string(text))
			all, err := ahocorasick.Build(patterns)
			if err != nil {
				return fmt.Errorf("build automaton of %s: %w", file, err)
			}
			fmt.Fprintf(os.Stdout, "%d patterns, %d states\n", len(patterns), len(all))
			m, err := ext.Map("states")
			if err != nil {
				return err
			}
			numbers := make([]uint32, len(all))
			for i := range numbers {
				numbers[i] = uint32(i)
			}
			if _, err := m.BatchUpdate(numbers, all, nil); err != nil {
				return fmt.Errorf("write the automaton: %w", err)
			}
			return nil
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			sums, err := live.Sums(ext, "stats", ahocorasick.NumStats)
			if err != nil {
				return err
			}
			hits, err := live.Sums(ext, "hits", len(patterns)+1)
			if err != nil {
				return err
			}
			show(w, sums, patterns, hits[1:], top)
			return nil
		},
	}.Main()
}

// split returns the lines that are not empty, each once.
func split(text string) (patterns []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !seen[line] {
			seen[line] = true
			patterns = append(patterns, line)
		}
	}
	return patterns
}

// show prints the sums, and the patterns that were found most often.
func show(w io.Writer, sums []uint64, patterns []string, hits []uint64, top int) {
	fmt.Fprintf(w, "clean %d  dropped %d  bytes searched %d\n", sums[ahocorasick.Clean], sums[ahocorasick.Matched], sums[ahocorasick.Bytes])
	order := make([]int, len(patterns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(hits[b]) - int(hits[a]) })
	for _, i := range order[:min(top, len(order))] {
		if hits[i] > 0 {
			fmt.Fprintf(w, "%8d  %q\n", hits[i], patterns[i])
		}
	}
}
