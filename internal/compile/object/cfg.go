// SPDX-License-Identifier: Apache-2.0

package object

import (
	"slices"

	"github.com/rex-go/rex/internal/audit"
)

// cfg is the control flow of one function without its polls: a loop that is
// left in it can go round without polling. Nodes are instructions.
type cfg struct {
	f    *audit.Function
	succ [][]int
	pred [][]int
}

func newCFG(f *audit.Function) *cfg { return newCFGWithout(f, isPoll) }

// newFullCFG is the control flow with the polls.
func newFullCFG(f *audit.Function) *cfg {
	return newCFGWithout(f, func(*audit.Inst) bool { return false })
}

func newCFGWithout(f *audit.Function, cut func(*audit.Inst) bool) *cfg {
	c := &cfg{f: f, succ: make([][]int, len(f.Insts)), pred: make([][]int, len(f.Insts))}
	reached := reachable(f)
	for i := range f.Insts {
		if !reached[i] || cut(&f.Insts[i]) {
			continue
		}
		for _, s := range next(f, i) {
			if !cut(&f.Insts[s]) {
				c.succ[i] = append(c.succ[i], s)
				c.pred[s] = append(c.pred[s], i)
			}
		}
	}
	return c
}

// reachable says which instructions control can get to. Padding that aligns the
// top of a loop stands behind a jump and must not count as a way into the loop.
func reachable(f *audit.Function) []bool {
	seen := make([]bool, len(f.Insts))
	work := []int{0}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		if !seen[i] {
			seen[i] = true
			work = append(work, next(f, i)...)
		}
	}
	return seen
}

// next returns the instructions of the function that may follow one.
func next(f *audit.Function, i int) []int {
	in := &f.Insts[i]
	var out []int
	if in.IsBranch() && !in.IsCall() {
		if t, ok := in.Target(); ok && t.Extern == "" {
			if to, inside := f.At(t.Off); inside {
				out = append(out, to)
			}
		}
	}
	if !in.EndsFlow() && i+1 < len(f.Insts) {
		out = append(out, i+1)
	}
	return out
}

func (c *cfg) has(members []int, what func(*audit.Inst) bool) bool {
	return slices.ContainsFunc(members, func(i int) bool { return what(&c.f.Insts[i]) })
}

// loops calls visit for every loop, outer ones first, with the instructions
// in it and those it is entered by. The loops of a function are its strongly
// connected components; the loops inside one are the components that are left
// when the instructions it is entered by are taken out (Steensgaard's nesting
// forest).
func (c *cfg) loops(visit func(members, headers []int)) {
	all := make([]int, len(c.f.Insts))
	for i := range all {
		all[i] = i
	}
	c.loopsIn(all, visit)
}

func (c *cfg) loopsIn(nodes []int, visit func(members, headers []int)) {
	in := map[int]bool{}
	for _, i := range nodes {
		in[i] = true
	}
	for _, comp := range c.components(nodes, in) {
		inside := map[int]bool{}
		for _, i := range comp {
			inside[i] = true
		}
		var headers, rest []int
		for _, i := range comp {
			entered := i == 0
			for _, p := range c.pred[i] {
				entered = entered || !inside[p]
			}
			if entered {
				headers = append(headers, i)
			} else {
				rest = append(rest, i)
			}
		}
		if len(headers) == 0 {
			// A loop behind a poll, or code that nothing leads to: it is
			// entered somewhere, and where does not matter.
			headers, rest = comp[:1], comp[1:]
		}
		visit(comp, headers)
		c.loopsIn(rest, visit)
	}
}

// circles reports whether one of the nodes lies on a circle among members.
func (c *cfg) circles(members, nodes []int) bool {
	in := map[int]bool{}
	for _, i := range members {
		in[i] = true
	}
	for _, comp := range c.components(members, in) {
		for _, n := range nodes {
			if slices.Contains(comp, n) {
				return true
			}
		}
	}
	return false
}

// components returns the strongly connected components with more than one
// node, or with an edge to itself, among nodes (Tarjan's algorithm, without
// recursion because functions can be long).
func (c *cfg) components(nodes []int, in map[int]bool) [][]int {
	index, low := map[int]int{}, map[int]int{}
	onStack := map[int]bool{}
	var stack []int
	var out [][]int
	type frame struct{ node, edge int }
	for _, root := range nodes {
		if _, seen := index[root]; seen {
			continue
		}
		work := []frame{{root, 0}}
		for len(work) > 0 {
			fr := &work[len(work)-1]
			v := fr.node
			if fr.edge == 0 {
				index[v], low[v] = len(index), len(index)
				stack = append(stack, v)
				onStack[v] = true
			}
			if fr.edge < len(c.succ[v]) {
				s := c.succ[v][fr.edge]
				fr.edge++
				if !in[s] {
					continue
				}
				if _, seen := index[s]; !seen {
					work = append(work, frame{s, 0})
				} else if onStack[s] {
					low[v] = min(low[v], index[s])
				}
				continue
			}
			work = work[:len(work)-1]
			if len(work) > 0 {
				p := work[len(work)-1].node
				low[p] = min(low[p], low[v])
			}
			if low[v] != index[v] {
				continue
			}
			var comp []int
			for {
				s := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				onStack[s] = false
				comp = append(comp, s)
				if s == v {
					break
				}
			}
			if len(comp) > 1 || slices.Contains(c.succ[v], v) {
				slices.Sort(comp)
				out = append(out, comp)
			}
		}
	}
	return out
}
