// SPDX-License-Identifier: Apache-2.0

package ssabuild

import (
	"cmp"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/diag"
)

// checkDeleted reports uses of pointers to map entries that the same function has
// deleted before: of what Lookup or LoadOrStore returned for a key, after Delete
// for the same key of the same map. They are no memory errors (rex.ko's programs
// are RCU readers, and values hold no references), but the memory may have become
// another entry's at once. Pointers that reach the use by another way than through
// their fields and elements are not followed.
func (b *builder) checkDeleted(p *Program, problems *diag.List) {
	for _, f := range p.Funcs {
		if b.trusted(f) {
			continue
		}
		var lookups, deletes []*ssa.Call
		for _, block := range f.Blocks {
			for _, instr := range block.Instrs {
				call, ok := instr.(*ssa.Call)
				if !ok {
					continue
				}
				switch mapMethod(call) {
				case "Lookup", "LoadOrStore":
					lookups = append(lookups, call)
				case "Delete":
					deletes = append(deletes, call)
				}
			}
		}
		for _, del := range deletes {
			for _, look := range lookups {
				use := useAfter(look, del)
				if use == token.NoPos {
					continue
				}
				problems.Add(b.userPos(p.graph, f, use), diag.DeletedEntry,
					"copy the value before the call, or look the entry up again",
					"pointer to a map entry that Delete has removed (line %d)", b.src.Fset.Position(del.Pos()).Line)
			}
		}
	}
}

// mapMethod returns the name of the method that a call of one of a map with keys
// runs.
func mapMethod(call *ssa.Call) string {
	f := call.Call.StaticCallee()
	if f == nil || f.Signature.Recv() == nil || len(call.Call.Args) < 2 {
		return ""
	}
	ptr, _ := f.Signature.Recv().Type().(*types.Pointer)
	if ptr == nil {
		return ""
	}
	named, _ := ptr.Elem().(*types.Named)
	if named == nil || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != strings.TrimSuffix(sdkPath, "/") {
		return ""
	}
	return f.Name()
}

// useAfter returns where a pointer that look returned is used to reach memory after
// del has deleted the entry, NoPos when it is not or when they are not about the
// same entry.
func useAfter(look, del *ssa.Call) token.Pos {
	mapOf := func(c *ssa.Call) ssa.Value {
		if load, ok := c.Call.Args[0].(*ssa.UnOp); ok {
			if g, ok := load.X.(*ssa.Global); ok {
				return g
			}
		}
		return c.Call.Args[0]
	}
	if mapOf(look) != mapOf(del) {
		return token.NoPos
	}
	after := reached(look, nil)
	if !after[del] || !sameKey(look.Call.Args[1], del.Call.Args[1], after) {
		return token.NoPos
	}
	after = reached(del, look)
	var first token.Pos
	for _, use := range pointerUses(look) {
		if pos := cmp.Or(use.instr.Pos(), use.through.Pos(), look.Pos()); after[use.instr] && (first == token.NoPos || pos < first) {
			first = pos
		}
	}
	return first
}

// reached returns the instructions that can run after one, up to stop.
func reached(from, stop ssa.Instruction) map[ssa.Instruction]bool {
	all := map[ssa.Instruction]bool{}
	begun := map[*ssa.BasicBlock]bool{}
	var walk func(instrs []ssa.Instruction, next []*ssa.BasicBlock)
	walk = func(instrs []ssa.Instruction, next []*ssa.BasicBlock) {
		for _, instr := range instrs {
			if instr == stop {
				return
			}
			all[instr] = true
		}
		for _, block := range next {
			if !begun[block] {
				begun[block] = true
				walk(block.Instrs, block.Succs)
			}
		}
	}
	block := from.Block()
	walk(block.Instrs[slices.Index(block.Instrs, from)+1:], block.Succs)
	return all
}

// sameKey reports whether two keys are surely the same: one value, equal constants,
// or a variable that no instruction in after may change.
func sameKey(x, y ssa.Value, after map[ssa.Instruction]bool) bool {
	if x == y {
		return true
	}
	switch x := x.(type) {
	case *ssa.Const:
		y, ok := y.(*ssa.Const)
		return ok && x.Value != nil && y.Value != nil && constant.Compare(x.Value, token.EQL, y.Value)
	case *ssa.UnOp:
		y, ok := y.(*ssa.UnOp)
		if !ok || x.Op != token.MUL || y.Op != token.MUL || x.X != y.X {
			return false
		}
		alloc, ok := x.X.(*ssa.Alloc)
		return ok && !slices.ContainsFunc(*alloc.Referrers(), func(r ssa.Instruction) bool {
			if load, ok := r.(*ssa.UnOp); ok && load.Op == token.MUL {
				return false
			}
			if part, ok := r.(ssa.Value); ok && part.Referrers() != nil {
				// A field's or an element's address: what is done with it counts.
				return after[r] || slices.ContainsFunc(*part.Referrers(), func(r ssa.Instruction) bool {
					_, read := r.(*ssa.UnOp)
					return after[r] && !read
				})
			}
			return after[r]
		})
	}
	return false
}

// pointerUse is an instruction that reaches memory through a pointer.
type pointerUse struct {
	instr   ssa.Instruction
	through ssa.Value
}

// pointerUses returns what uses the pointer that a look-up returned, and the
// addresses of parts of what it points to. Comparing it is no use.
func pointerUses(look *ssa.Call) (uses []pointerUse) {
	todo := []ssa.Value{look}
	if _, tuple := look.Type().(*types.Tuple); tuple {
		todo = nil
		for _, r := range *look.Referrers() {
			if e, ok := r.(*ssa.Extract); ok && e.Index == 0 {
				todo = append(todo, e)
			}
		}
	}
	for len(todo) > 0 {
		v := todo[0]
		todo = todo[1:]
		for _, r := range *v.Referrers() {
			switch r := r.(type) {
			case *ssa.FieldAddr:
				todo = append(todo, r)
			case *ssa.IndexAddr:
				todo = append(todo, r)
			case *ssa.Slice:
				todo = append(todo, r)
			case *ssa.UnOp:
				uses = append(uses, pointerUse{r, v})
			case *ssa.Store:
				if r.Addr == v {
					uses = append(uses, pointerUse{r, v})
				}
			case *ssa.Call:
				uses = append(uses, pointerUse{r, v})
			}
		}
	}
	return uses
}
