// SPDX-License-Identifier: Apache-2.0

package stale

import (
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// function is one analysis of a function.
type function struct {
	*analysis
	*instance
	// out has the state at the end of each block.
	out    []*state
	defers []*ssa.Defer
	// makes has the closures that the function makes, each once; nil of those that
	// it makes at several places.
	makes map[*ssa.Function]*ssa.MakeClosure
	// report is set in the last walk over the blocks.
	report bool
	sum    *summary
}

// analyse makes a function's summary from those of what it calls.
func (a *analysis) analyse(in *instance) *summary {
	f := in.f
	fn := &function{analysis: a, instance: in, out: make([]*state, len(f.Blocks)), makes: map[*ssa.Function]*ssa.MakeClosure{}, sum: newSummary()}
	for _, b := range f.Blocks {
		for _, i := range b.Instrs {
			switch i := i.(type) {
			case *ssa.Defer:
				fn.defers = append(fn.defers, i)
			case *ssa.MakeClosure:
				made := i.Fn.(*ssa.Function)
				if _, twice := fn.makes[made]; twice {
					i = nil
				}
				fn.makes[made] = i
			}
		}
	}
	for again := true; again; {
		again = false
		for _, b := range f.Blocks {
			s := fn.block(b)
			switch old := fn.out[b.Index]; {
			case s == nil:
			case old == nil:
				fn.out[b.Index], again = s, true
			case old.join(s):
				again = true
			}
		}
	}
	fn.report = true
	for _, b := range f.Blocks {
		fn.block(b)
	}
	fn.exit()
	return fn.sum
}

// block returns the state at a block's end, nil when that is not reached.
func (fn *function) block(b *ssa.BasicBlock) *state {
	var s *state
	if b.Index == 0 {
		s = &state{facts: map[fact]label{}}
	}
	for _, p := range b.Preds {
		if o := fn.out[p.Index]; s == nil && o != nil {
			s = o.clone()
		} else if o != nil {
			s.join(o)
		}
	}
	for _, i := range b.Instrs {
		if s == nil {
			return nil
		}
		for _, v := range used(i) {
			fn.use(s.get(fact{v, ""}), site{fn.f, i.Pos()})
		}
		switch i := i.(type) {
		case *ssa.Call:
			if s = fn.call(s, i); s != nil {
				fn.builtin(s, i)
			}
		case *ssa.RunDefers:
			for _, d := range slices.Backward(fn.defers) {
				if !d.Block().Dominates(b) {
					continue // it may not have been reached
				}
				if t := fn.call(s.clone(), d); t != nil {
					s.join(t)
				}
			}
		case *ssa.Store:
			fn.store(s, i)
		case *ssa.Phi:
			fn.phi(s, i)
		case ssa.Value:
			fn.value(s, i)
		}
	}
	return s
}

// used returns the values whose bytes an instruction reads, writes or passes on.
func used(i ssa.Instruction) []ssa.Value {
	switch i := i.(type) {
	case *ssa.UnOp:
		return []ssa.Value{i.X}
	case *ssa.Store:
		return []ssa.Value{i.Addr}
	case *ssa.Convert:
		return []ssa.Value{i.X}
	case ssa.CallInstruction:
		if b, ok := i.Common().Value.(*ssa.Builtin); ok && (b.Name() == "len" || b.Name() == "cap") {
			return nil
		}
		return i.Common().Args
	}
	return nil
}

// site is where something is used.
type site struct {
	f   *ssa.Function
	pos token.Pos // none in a range loop
}

// use notes that what has a label is used.
func (fn *function) use(l label, at site) {
	if !fn.report {
		return
	}
	if l.stale.is() {
		fn.sum.problems.add(problem(at, l.stale))
	}
	for f, m := range l.in {
		if m.is() {
			fn.sum.given(f).add(problem(at, m))
		} else if old, ok := fn.sum.uses[f]; !ok || at.pos < old.pos {
			fn.sum.uses[f] = at
		}
	}
}

func problem(at site, m move) Problem {
	if !at.pos.IsValid() {
		at.pos = m.pos()
	}
	return Problem{Func: at.f, Pos: at.pos, Move: m.pos(), Mover: m.mover}
}

// copyParts assigns parts of a value: what from says of each path.
func (s *state) copyParts(v ssa.Value, paths []string, from func(path string) label) {
	for _, p := range paths {
		s.set(fact{v, p}, from(p), false)
	}
}

func (fn *function) store(s *state, i *ssa.Store) {
	place := fn.at(i.Addr, "*")
	all := reach(i.Val.Type())
	if len(all) == 0 || place.root == nil {
		return
	}
	weak := slices.Contains(steps(place.path), "[]")
	labels := make([]label, len(all))
	for n, p := range all {
		labels[n] = s.get(fn.at(i.Val, p))
	}
	if !weak {
		s.forget(place)
	}
	for n, p := range all {
		s.set(fn.at(i.Addr, "*"+p), labels[n], weak)
	}
}

func (fn *function) phi(s *state, i *ssa.Phi) {
	s.copyParts(i, reach(i.Type()), func(p string) (l label) {
		for e, x := range i.Edges {
			if o := fn.out[i.Block().Preds[e].Index]; o != nil {
				l = l.join(o.get(fn.at(x, p)))
			}
		}
		return l
	})
}

// value follows an instruction that makes one value of another.
func (fn *function) value(s *state, v ssa.Value) {
	self := func(x ssa.Value) {
		if refers(v.Type()) {
			s.set(fact{v, ""}, s.get(fact{x, ""}), false)
		}
	}
	part := func(x ssa.Value, prefix string) {
		s.copyParts(v, leaves(v.Type()), func(p string) label { return s.get(fn.at(x, prefix+p)) })
	}
	switch v := v.(type) {
	case *ssa.Alloc:
		s.forget(fact{v, ""})
	case *ssa.Slice:
		self(v.X)
	case *ssa.IndexAddr:
		self(v.X)
	case *ssa.FieldAddr:
		self(v.X)
	case *ssa.SliceToArrayPointer:
		self(v.X)
	case *ssa.Convert:
		self(v.X)
	case *ssa.ChangeInterface:
		self(v.X)
	case *ssa.ChangeType:
		part(v.X, "")
	case *ssa.UnOp:
		if v.Op == token.MUL {
			part(v.X, "*")
		}
	case *ssa.Field:
		part(v.X, field(v.Field))
	case *ssa.Index:
		part(v.X, element(v.Index))
	case *ssa.MakeInterface:
		// The interface leads to the packet if a part of what is in it does.
		var whole label
		for _, p := range leaves(v.X.Type()) {
			l := s.get(fact{v.X, p})
			whole = whole.join(l)
			s.set(fact{v, p}, l, false)
		}
		s.set(fact{v, ""}, whole, false)
	case *ssa.TypeAssert:
		if !v.CommaOk {
			part(v.X, "")
			break
		}
		for _, p := range reach(v.AssertedType) {
			s.set(fact{v, "#0" + p}, s.get(fn.at(v.X, p)), false)
		}
	case *ssa.Extract:
		s.copyParts(v, reach(v.Type()), func(p string) label { return s.get(fact{v.Tuple, result(v.Index) + p}) })
	}
}

// builtin follows a call of a builtin that makes one slice of another.
func (fn *function) builtin(s *state, c *ssa.Call) {
	b, ok := c.Call.Value.(*ssa.Builtin)
	if !ok {
		return
	}
	args := c.Call.Args
	switch b.Name() {
	case "append":
		s.copyParts(c, reach(c.Type()), func(p string) label {
			l := s.get(fn.at(args[0], p))
			if p != "" {
				l = l.join(s.get(fn.at(args[1], p)))
			}
			return l
		})
	case "SliceData", "Add", "Slice":
		s.set(fact{c, ""}, s.get(fact{args[0], ""}), false)
	}
}
