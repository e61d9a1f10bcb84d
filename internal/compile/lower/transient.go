// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// transient reports whether a string made of bytes is only compared, or looked
// up in a Go map, before anything can write to memory: then it may share the
// bytes instead of copying them. bytes.Equal is two of these, and so is
// switch string(b). The Go compiler shares them in the same places (walk's
// OBYTES2STRTMP).
//
// Another CPU may write to bytes of a packet or a map value meanwhile, as it may
// while they are copied: the length stays what it is.
func transient(c *ssa.Convert) bool {
	for _, use := range *c.Referrers() {
		switch u := use.(type) {
		case *ssa.DebugRef:
			continue
		case *ssa.BinOp:
			if u.Op == token.ADD {
				return false
			}
		case *ssa.Lookup:
			if u.X == c {
				return false
			}
		default:
			return false
		}
		if !undisturbed(c, use) {
			return false
		}
	}
	return true
}

// undisturbed reports whether nothing writes to memory on the way from one
// instruction to another, which it dominates, and there is only one way.
func undisturbed(from, to ssa.Instruction) bool {
	list := before(to.Block().Instrs, to)
	for b := to.Block(); ; {
		if b == from.Block() {
			list = list[len(before(list, from))+1:]
		}
		for _, instr := range list {
			if mayWrite(instr) {
				return false
			}
		}
		if b == from.Block() {
			return true
		}
		if len(b.Preds) != 1 {
			return false
		}
		b = b.Preds[0]
		list = b.Instrs
	}
}

// before returns the instructions of a list that precede one of it.
func before(list []ssa.Instruction, one ssa.Instruction) []ssa.Instruction {
	for i, instr := range list {
		if instr == one {
			return list[:i]
		}
	}
	return list
}

// mayWrite is true of all instructions but those that are known not to.
func mayWrite(instr ssa.Instruction) bool {
	switch i := instr.(type) {
	case *ssa.BinOp, *ssa.ChangeType, *ssa.Convert, *ssa.DebugRef, *ssa.Extract, *ssa.Field, *ssa.FieldAddr,
		*ssa.If, *ssa.Index, *ssa.IndexAddr, *ssa.Jump, *ssa.Lookup, *ssa.Phi, *ssa.Slice:
		return false
	case *ssa.UnOp:
		return i.Op == token.ARROW
	case *ssa.Call:
		b, ok := i.Call.Value.(*ssa.Builtin)
		return !ok || b.Name() != "len" && b.Name() != "cap"
	}
	return true
}
