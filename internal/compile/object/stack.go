// SPDX-License-Identifier: Apache-2.0

package object

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
)

// available is the stack that compiled code may count on.
const available = audit.Available

// limit is available, or what Input.Stack says.
func (g *graph) limit() uint64 {
	if g.stack > 0 {
		return g.stack
	}
	return available
}

// bound checks that compiled code stays above abi.StackReserve, fills the
// stack bounds and functions of the metadata, and puts the needs into the
// stack checks.
//
// Let need(G) be a guarded function's own frame plus the longest chain below
// it (see chain). Its check passes only when that much is left below its frame
// pointer, so everything until the next check fits; and a program's first
// chain is bounded here. Hence no chain ever goes below StackLimit.
func (g *graph) bound(o *image.Object) error {
	for _, n := range g.nodes {
		if len(n.checks) == 0 {
			continue
		}
		below, _, err := g.below(n, nil)
		if err != nil {
			return err
		}
		need := uint64(n.frame) + below
		if need > g.limit() {
			return g.tooDeep("the functions below "+n.name, n, need)
		}
		if err := patch(o, n, uint32(need)); err != nil {
			return err
		}
	}
	for i := range o.Meta.Programs {
		p := &o.Meta.Programs[i]
		bytes, err := g.entry(p.Symbol, "program "+p.Name)
		if err != nil {
			return err
		}
		p.StackBytes = bytes
	}
	if o.Meta.Init != "" {
		bytes, err := g.entry(o.Meta.Init, "package initialisation")
		if err != nil {
			return err
		}
		o.Meta.InitStack = bytes
	}
	o.Symbols = slices.DeleteFunc(o.Symbols, func(s *image.Symbol) bool { return s.Undefined() && s.Name == NeedSymbol })
	g.describe(o)
	return nil
}

// entry bounds the stack of one entry point; the result is 0 when functions
// check for themselves.
func (g *graph) entry(symbol, what string) (uint32, error) {
	n := g.byName[symbol]
	if n == nil {
		return 0, fmt.Errorf("check stack: %s: no function %s in the object", what, symbol)
	}
	most, err := g.chain(n, nil)
	if err != nil {
		return 0, err
	}
	if most > g.limit() {
		return 0, g.tooDeep(what, n, most)
	}
	if g.reachesGuard(n, map[*node]bool{}) {
		return 0, nil
	}
	return uint32(most), nil
}

// tooDeep lists the deepest chain of calls with the size of each frame.
func (g *graph) tooDeep(what string, n *node, need uint64) error {
	var b strings.Builder
	for i := 0; n != nil && i < 64; i++ {
		fmt.Fprintf(&b, "\n\t%6d  %s", n.frame, n.name)
		if n.guarded && i > 0 {
			break
		}
		if n.guarded {
			_, n.next, _ = g.below(n, nil)
		}
		n = n.next
	}
	return fmt.Errorf("check stack: %w: %s may use %d bytes, %d are there (make large variables package-level, or allocate them):%s",
		ErrStack, what, need, g.limit(), b.String())
}

// patch writes a function's need into its stack checks and removes their
// relocations.
func patch(o *image.Object, n *node, need uint32) error {
	text := o.Section(image.TextSection)
	for _, r := range n.checks {
		if r.Type != elf.R_X86_64_32S && r.Type != elf.R_X86_64_32 || r.Addend != 0 {
			return fmt.Errorf("check stack: %w: %s refers to %s with type %v", ErrReloc, o.Where(text, r.Off), NeedSymbol, r.Type)
		}
		binary.LittleEndian.PutUint32(text.Data[r.Off:], need)
	}
	text.Relocs = slices.DeleteFunc(text.Relocs, func(r image.Reloc) bool {
		return r.Sym.Name == NeedSymbol && r.Off >= n.fn.Start && r.Off < n.fn.End
	})
	return nil
}

// describe lists the functions in the metadata.
func (g *graph) describe(o *image.Object) {
	o.Meta.Functions = make([]image.Function, 0, len(g.nodes))
	for _, n := range g.nodes {
		f := image.Function{Symbol: n.name, Frame: n.frame, Checked: n.guarded, Indirect: n.indirect}
		for _, c := range n.calls {
			f.Calls = append(f.Calls, c.name)
		}
		sort.Strings(f.Calls)
		o.Meta.Functions = append(o.Meta.Functions, f)
	}
}
