// SPDX-License-Identifier: Apache-2.0

package object

import (
	"debug/elf"
	"fmt"
	"slices"
	"sort"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
)

// node is a function of the call graph.
type node struct {
	name  string
	frame uint32
	fn    *audit.Function
	// calls lists the functions it calls or jumps to directly, in address
	// order, without duplicates.
	calls []*node
	// indirect: it calls through a pointer. taken: its address is taken.
	indirect, taken bool
	// guarded: a stack check stands before everything it calls.
	guarded bool
	// checks are the relocations to NeedSymbol in it.
	checks []image.Reloc

	state visit
	depth uint64 // see chain
	next  *node  // the callee that depth comes from

	// polled: a poll stands before everything it calls.
	polled  bool
	weights []uint64 // see loopWeights
	work    visit
	total   uint64 // see cost
}

type visit uint8

const (
	unvisited visit = iota
	active
	done
)

// graph is the call graph of .text. An indirect call may reach every function
// whose address is taken.
type graph struct {
	nodes  []*node
	byName map[string]*node
	starts map[uint64]*node // by offset into .text
	taken  []*node
	stack  uint64 // Input.Stack
}

func newGraph(o *image.Object, frames map[*image.Symbol]uint32) (*graph, error) {
	funcs, err := audit.Functions(o)
	if err != nil {
		return nil, err
	}
	starts := map[uint64]*node{}
	g := &graph{byName: map[string]*node{}, starts: starts}
	for _, f := range funcs {
		n := &node{name: f.Name, fn: f}
		g.nodes = append(g.nodes, n)
		g.byName[f.Name] = n
		starts[f.Start] = n
	}
	for sym, size := range frames {
		if n := starts[sym.Value]; n != nil {
			n.frame = size
		}
	}
	// .stack_sizes leaves out arguments that are pushed for a call.
	// Code whose stack cannot be followed is refused by the audit, which says
	// better what is wrong with it.
	used, _ := audit.Frames(o, funcs)
	for _, n := range g.nodes {
		n.frame = max(n.frame, used[n.fn])
		if n.frame > abi.MaxFrame {
			return nil, fmt.Errorf("check frames: %w: %s uses %d bytes, at most %d are possible (make large variables package-level, or allocate them)",
				ErrFrame, n.name, n.frame, abi.MaxFrame)
		}
	}
	for _, s := range o.Sections {
		for _, r := range s.Relocs {
			if s.Name != image.TextSection {
				g.take(starts, r, 0)
			}
		}
	}
	for _, n := range g.nodes {
		for i := range n.fn.Insts {
			g.instruction(n, &n.fn.Insts[i], starts)
		}
		sort.Slice(n.calls, func(i, j int) bool { return n.calls[i].fn.Start < n.calls[j].fn.Start })
		n.calls = slices.Compact(n.calls)
	}
	for _, n := range g.nodes {
		if n.taken {
			g.taken = append(g.taken, n)
		}
		n.guarded = guarded(n)
	}
	return g, nil
}

func (g *graph) instruction(n *node, in *audit.Inst, starts map[uint64]*node) {
	if t, ok := in.Target(); ok {
		if callee := starts[t.Off]; t.Extern == "" && callee != nil && (in.IsCall() || callee != n) {
			n.calls = append(n.calls, callee)
		}
		if isIndirect(t) {
			n.indirect = true
		}
		return
	}
	for _, r := range in.Relocs {
		if r.Sym.Name == NeedSymbol && r.Sym.Undefined() {
			n.checks = append(n.checks, r)
			continue
		}
		bias := int64(0)
		if r.Type == elf.R_X86_64_PC32 || r.Type == elf.R_X86_64_PC64 {
			bias = int64(in.End() - r.Off)
		}
		g.take(starts, r, bias)
	}
}

func isIndirect(t audit.Target) bool { return strings.HasPrefix(t.Extern, "__x86_indirect_thunk_") }

// take marks the function whose address a relocation makes. An address inside
// a function is refused by the audit; here it counts for the function.
func (g *graph) take(starts map[uint64]*node, r image.Reloc, bias int64) {
	if r.Sym.Section == nil || r.Sym.Section.Name != image.TextSection {
		return
	}
	if n := starts[r.Sym.Value+uint64(r.Addend+bias)]; n != nil {
		n.taken = true
	}
}

// guarded reports whether every way from a function's entry to a call of a
// compiled function passes a stack check. Calls outside the object do not
// count: rex.ko's functions run on abi.StackReserve.
func guarded(n *node) bool { return len(n.checks) > 0 && n.passes(isCheck) }

// passes reports whether every way from the function's entry to a call of a
// compiled function goes through an instruction of a kind.
func (n *node) passes(kind func(*audit.Inst) bool) bool {
	f := n.fn
	seen := make([]bool, len(f.Insts))
	work := []int{0}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		in := &f.Insts[i]
		if seen[i] || kind(in) {
			continue
		}
		seen[i] = true
		if t, ok := in.Target(); ok {
			_, inside := f.At(t.Off)
			if isIndirect(t) || t.Extern == "" && (in.IsCall() || !inside) {
				return false
			}
		}
		work = append(work, next(f, i)...)
	}
	return true
}

// isCheck reports whether an instruction compares with NeedSymbol.
func isCheck(in *audit.Inst) bool {
	if in.X.Op != x86asm.CMP && in.X.Op != x86asm.SUB {
		return false
	}
	for _, r := range in.Relocs {
		if r.Sym.Undefined() && r.Sym.Name == NeedSymbol {
			return true
		}
	}
	return false
}

// callees returns what a function may call next, indirect calls included.
func (g *graph) callees(n *node) []*node {
	if !n.indirect {
		return n.calls
	}
	return append(slices.Clip(n.calls), g.taken...)
}

// chain computes the most stack that a call of n may use before the next
// stack check: n's own frame, and below it the longest chain of functions that
// do not check. A guarded function ends a chain with its own frame, of which
// it touches a part before it has checked. Functions that call each other in
// a circle without a check have no such number.
func (g *graph) chain(n *node, trail []*node) (uint64, error) {
	if n.guarded {
		return uint64(n.frame), nil
	}
	switch n.state {
	case done:
		return n.depth, nil
	case active:
		i := slices.Index(trail, n)
		var names []string
		for _, t := range append(trail[i:], n) {
			names = append(names, t.name)
		}
		return 0, fmt.Errorf("check stack: %w: %s recurse without a stack check", ErrStack, strings.Join(names, " → "))
	}
	n.state = active
	below, next, err := g.below(n, append(trail, n))
	if err != nil {
		return 0, err
	}
	n.depth, n.next, n.state = uint64(n.frame)+below, next, done
	return n.depth, nil
}

// below is the longest chain among a function's callees.
func (g *graph) below(n *node, trail []*node) (most uint64, next *node, err error) {
	for _, c := range g.callees(n) {
		d, err := g.chain(c, trail)
		if err != nil {
			return 0, nil, err
		}
		if d > most {
			most, next = d, c
		}
	}
	return most, next, nil
}

// reachesGuard reports whether a call of n may get to a guarded function.
func (g *graph) reachesGuard(n *node, seen map[*node]bool) bool {
	if n.guarded {
		return true
	}
	if seen[n] {
		return false
	}
	seen[n] = true
	for _, c := range g.callees(n) {
		if g.reachesGuard(c, seen) {
			return true
		}
	}
	return false
}
