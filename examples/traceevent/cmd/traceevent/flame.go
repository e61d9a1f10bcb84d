// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"hash/fnv"
	"html"
	"io"
	"maps"
	"slices"
	"strings"
)

// node is a function in a flame graph: its samples include those of the
// functions that it called.
type node struct {
	name     string
	count    uint64
	children map[string]*node
}

// graph merges stacks that begin alike.
func graph(all []sample) *node {
	root := &node{name: "all", children: map[string]*node{}}
	for _, s := range all {
		at := root
		at.count += s.count
		for _, name := range s.frames {
			next := at.children[name]
			if next == nil {
				next = &node{name: name, children: map[string]*node{}}
				at.children[name] = next
			}
			next.count += s.count
			at = next
		}
	}
	return root
}

// depth is how many frames the deepest stack has.
func (n *node) depth() int {
	d := 0
	for _, c := range n.children {
		d = max(d, c.depth())
	}
	return d + 1
}

// Sizes in pixels.
const (
	width   = 1200
	height  = 17 // of a frame
	letter  = 6.6
	minimum = 0.3 // narrower frames are left out
)

// draw writes a flame graph (Gregg, "The Flame Graph", CACM 2016) as SVG: who
// calls is below whom it calls, and as wide as the samples it was seen in.
func draw(w io.Writer, root *node) {
	rows := root.depth()
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="monospace" font-size="11">`+"\n", width, rows*height)
	fmt.Fprintf(w, `<rect width="100%%" height="100%%" fill="#fdfdf5"/>`+"\n")
	if root.count > 0 {
		root.draw(w, root.count, 0, (rows-1)*height)
	}
	fmt.Fprintln(w, "</svg>")
}

// draw draws n with its lower edge in the row at y, and what it called above it.
func (n *node) draw(w io.Writer, all uint64, x float64, y int) {
	wide := width * float64(n.count) / float64(all)
	if wide < minimum {
		return
	}
	name := strings.TrimSuffix(n.name, inKernel)
	fmt.Fprintf(w, `<g><title>%s: %d samples, %.1f %%</title><rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s" rx="1"/>`,
		html.EscapeString(name), n.count, 100*float64(n.count)/float64(all), x, y, wide, height-1, color(n.name))
	if room := int((wide - 4) / letter); room >= 3 {
		if len(name) > room {
			name = name[:room-2] + ".."
		}
		fmt.Fprintf(w, `<text x="%.1f" y="%d">%s</text>`, x+2, y+height-5, html.EscapeString(name))
	}
	fmt.Fprintln(w, "</g>")
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		c := n.children[name]
		c.draw(w, all, x, y-height)
		x += width * float64(c.count) / float64(all)
	}
}

// color is always the same for a function: red for the kernel's, yellow for
// others.
func color(name string) string {
	h := fnv.New32a()
	io.WriteString(h, name)
	shade := int(h.Sum32() % 60)
	if strings.HasSuffix(name, inKernel) {
		return fmt.Sprintf("rgb(235,%d,%d)", 90+shade, 60+shade)
	}
	return fmt.Sprintf("rgb(245,%d,%d)", 180+shade, 50+shade)
}
