// SPDX-License-Identifier: Apache-2.0

package stale

import (
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// summary says what a call of a function does, in terms of the facts at its entry.
type summary struct {
	// returns is false of a function of which no way out is known yet.
	returns bool
	// exit has what was assigned through parameters and to captured variables.
	exit map[fact]label
	// results has the results' parts; their facts have no root, and a path that
	// begins with the result's number.
	results map[string]label
	// moved is the first move.
	moved move
	// uses has what must not be stale at the entry, with the first use.
	uses map[fact]site
	// ifPacket has the problems there are if a fact leads to the packet at the
	// entry.
	ifPacket map[fact]problems
	// problems are those there are whatever holds at the entry.
	problems problems
}

func newSummary() *summary {
	return &summary{exit: map[fact]label{}, results: map[string]label{}, uses: map[fact]site{}, ifPacket: map[fact]problems{}, problems: problems{}}
}

// equal compares what callers see.
func (s *summary) equal(o *summary) bool {
	if s == nil || o == nil {
		return s == o
	}
	return s.returns == o.returns && s.moved == o.moved && maps.EqualFunc(s.exit, o.exit, label.equal) && maps.EqualFunc(s.results, o.results, label.equal) &&
		maps.Equal(s.uses, o.uses) && maps.EqualFunc(s.ifPacket, o.ifPacket, maps.Equal[problems, problems])
}

// given returns the problems that a fact at the entry makes.
func (s *summary) given(f fact) problems {
	if s.ifPacket[f] == nil {
		s.ifPacket[f] = problems{}
	}
	return s.ifPacket[f]
}

// problems has the first position of problems without one.
type problems map[Problem]token.Pos

func (p problems) add(x Problem) {
	pos := x.Pos
	x.Pos = token.NoPos
	if old, ok := p[x]; !ok || pos < old {
		p[x] = pos
	}
}

func result(i int) string { return "#" + strconv.Itoa(i) }

// exit fills the summary in from the states at the returns.
func (fn *function) exit() {
	var ends []*state
	for _, b := range fn.f.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		s := fn.out[b.Index]
		if !ok || s == nil {
			continue
		}
		ends = append(ends, s)
		fn.sum.moved = fn.sum.moved.first(s.moved)
		for i, v := range ret.Results {
			for _, p := range reach(v.Type()) {
				if l := s.get(fn.at(v, p)); !l.none() {
					fn.sum.results[result(i)+p] = fn.sum.results[result(i)+p].join(l)
				}
			}
		}
	}
	fn.sum.returns = len(ends) > 0
	for _, s := range ends {
		for f := range s.facts {
			if outlives(f) {
				fn.assigned(f, ends)
			}
		}
	}
}

// outlives reports whether the caller may see a fact.
func outlives(f fact) bool {
	switch f.root.(type) {
	case *ssa.Parameter, *ssa.FreeVar:
		return strings.Contains(f.path, "*")
	}
	return false
}

// assigned adds what a place has at the exit. Returns after a move at which it is
// as it was at the entry do not count if it is assigned to at others: there was an
// error, after which the caller does not go on.
func (fn *function) assigned(f fact, ends []*state) {
	var kept, moved, changed label
	isChanged := false
	for _, s := range ends {
		l := s.get(f)
		if m, same := l.in[f]; !same {
			changed, isChanged = changed.join(l), true
		} else if m.is() {
			moved = moved.join(l)
		} else {
			kept = kept.join(l)
		}
	}
	if isChanged {
		fn.sum.exit[f] = kept.join(changed)
	} else if l := kept.join(moved); !l.equal(label{in: map[fact]move{f: fn.sum.moved}}) {
		fn.sum.exit[f] = l
	}
}

// call returns the state after a call, nil when it does not return.
func (fn *function) call(s *state, c ssa.CallInstruction) (out *state) {
	callees := fn.callees(c)
	if len(callees) == 0 {
		return s
	}
	for _, f := range callees {
		t := s.clone()
		if !fn.callOne(s, t, c, f) {
			continue
		}
		if out == nil {
			out = t
		} else {
			out.join(t)
		}
	}
	return out
}

// callOne makes of t, a copy of s, the state after a call of f. It reports whether
// f returns.
func (fn *function) callOne(s, t *state, c ssa.CallInstruction, f *ssa.Function) bool {
	v := c.Value()
	if v != nil {
		t.forget(fact{v, ""})
	}
	m := move{c, f}
	switch {
	case fn.Moves(f):
		t.move(m)
		return true
	case fn.Source(f):
		if v != nil {
			t.set(fact{v, ""}, label{fresh: true}, false)
		}
		return true
	case len(f.Blocks) == 0:
		return true
	}
	sum := fn.summary(fn.callee(c, f), fn.instance)
	if sum == nil {
		return false
	}
	b := binding{fn, s, c, f}
	b.check(sum)
	if !sum.returns {
		return false
	}
	if sum.moved.is() {
		t.move(m)
	}
	done := map[fact]bool{}
	for g, l := range sum.exit {
		to := b.fact(g)
		t.set(to, b.label(l), done[to] || slices.Contains(steps(to.path), "[]"))
		done[to] = true
	}
	if v != nil {
		single := f.Signature.Results().Len() == 1
		for p, l := range sum.results {
			if single {
				p = strings.TrimPrefix(p, result(0))
			}
			t.set(fact{v, p}, b.label(l), false)
		}
	}
	return true
}

// binding translates facts at a function's entry to those of a call of it.
type binding struct {
	fn *function
	s  *state // before the call
	c  ssa.CallInstruction
	f  *ssa.Function
}

func (b binding) fact(f fact) fact {
	common := b.c.Common()
	switch root := f.root.(type) {
	case *ssa.Parameter:
		args := arguments(b.c)
		if i := slices.Index(b.f.Params, root); i >= 0 && i < len(args) {
			return b.fn.at(args[i], f.path)
		}
		return fact{}
	case *ssa.FreeVar:
		of := root.Parent()
		mc, made := b.fn.makes[of]
		if direct, ok := common.Value.(*ssa.MakeClosure); ok && direct.Fn == of {
			mc, made = direct, true
		}
		switch i := slices.Index(of.FreeVars, root); {
		case !made:
			return f // it is for a caller to say
		case mc != nil && i >= 0:
			return b.fn.at(mc.Bindings[i], f.path)
		}
	}
	return fact{}
}

func (b binding) label(l label) label {
	out := label{fresh: l.fresh}
	if l.stale.is() {
		out.stale = move{b.c, b.f}
	}
	for f, m := range l.in {
		x := b.s.get(b.fact(f))
		if m.is() {
			x = x.after(move{b.c, b.f})
		}
		out = out.join(x)
	}
	return out
}

// check reports what a summary says is a problem with the facts at the call.
func (b binding) check(sum *summary) {
	fn := b.fn
	if !fn.report {
		return
	}
	for f, at := range sum.uses {
		// The user sees a captured variable where it is used, an argument where it
		// is passed.
		if _, ok := f.root.(*ssa.FreeVar); !ok || !at.pos.IsValid() || f.root.Parent().Parent() == nil || fn.Trusted(at.f) {
			at = site{fn.f, callPos(b.c)}
		}
		fn.use(b.s.get(b.fact(f)), at)
	}
	for f, list := range sum.ifPacket {
		l := b.s.get(b.fact(f))
		for p, pos := range list {
			p.Pos = pos
			if fn.Trusted(p.Func) && !fn.Trusted(fn.f) {
				p.Func, p.Pos = fn.f, callPos(b.c)
			}
			if l.fresh || l.stale.is() {
				fn.sum.problems.add(p)
			}
			for g := range l.in {
				fn.sum.given(g).add(p)
			}
		}
	}
}
