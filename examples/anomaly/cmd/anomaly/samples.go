// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/rex-go/rex/examples/anomaly"
)

var names = [anomaly.NumFeatures]string{"failed", "distinct", "files", "network", "process", "memory", "transfer"}

// line is a sample as a file has it: 1 if it is anomalous, and the features.
func line(s anomaly.Sample) string {
	fields := []string{"0"}
	if s.Anomalous {
		fields[0] = "1"
	}
	for _, f := range s.Features {
		fields = append(fields, fmt.Sprint(f))
	}
	return strings.Join(fields, ",")
}

// parse reads the samples of a file.
func parse(r io.Reader) (all []anomaly.Sample, err error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), ",")
		if len(fields) != 1+anomaly.NumFeatures {
			return nil, fmt.Errorf("line %d has %d fields, not %d", n, len(fields), 1+anomaly.NumFeatures)
		}
		s := anomaly.Sample{Anomalous: fields[0] == "1"}
		for i := range s.Features {
			v, err := strconv.ParseUint(fields[i+1], 10, 32)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			s.Features[i] = uint32(v)
		}
		all = append(all, s)
	}
	return all, lines.Err()
}

func readFiles(files []string) (all []anomaly.Sample, err error) {
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("learn: %w", err)
		}
		some, err := parse(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("learn from %s: %w", file, err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// show prints a tree.
func show(w io.Writer, tree []anomaly.Node, at uint32, depth int) {
	n, indent := tree[at], strings.Repeat("  ", depth)
	if n.Left == 0 {
		fmt.Fprintf(w, "%s%s\n", indent, [...]string{"normal", "anomalous"}[min(n.Anomalous, 1)])
		return
	}
	fmt.Fprintf(w, "%s%s <= %d:\n", indent, names[n.Feature], n.Threshold)
	show(w, tree, n.Left, depth+1)
	fmt.Fprintf(w, "%selse:\n", indent)
	show(w, tree, n.Right, depth+1)
}

// describe prints the features that are not zero.
func describe(f anomaly.Features) string {
	var parts []string
	for i, v := range f {
		if v > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", names[i], v))
		}
	}
	return strings.Join(parts, "  ")
}
