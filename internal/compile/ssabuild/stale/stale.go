// SPDX-License-Identifier: Apache-2.0

// Package stale finds uses of packet slices from before a call that moved the
// packet.
//
// # Why
//
// Such a slice is safe: rex.ko keeps the old bytes until the invocation ends. But
// it may show what the packet no longer has, and what is written to it may be
// lost, so a use of one is almost always a mistake; the eBPF verifier refuses it,
// too.
//
// # The analysis
//
// It says of each value, and of each place in memory, whether it leads to bytes of
// the packet, and whether the packet has moved since: along the control flow of a
// function, and from there through calls, for which a function has a summary in
// terms of its parameters and captured variables (facts that hold at the exit if
// some held at the entry: Reps, Horwitz and Sagiv, POPL 1995). Reading, writing
// and passing on bytes through something stale is a problem.
//
// Places are fields, array elements with a constant index, the other elements of
// an array or slice together, and variables, of what a function declares, gets
// through a pointer, or captures (at). An assignment makes a place fresh; one to
// an element that is not known leaves what was there.
//
// # What it does not follow
//
// Go maps; memory to which a pointer is stored in other memory; function values
// that leave the function that made them; and what a failed call did not write: a
// method that takes a new slice, or returns an error, is taken at its word. There
// it reports too little. It finds mistakes; safety does not depend on it.
package stale

import (
	"cmp"
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// Input is what the analysis needs to know.
type Input struct {
	// Entries are the programs.
	Entries []*ssa.Function
	// Callees returns what a call may run.
	Callees func(*ssa.CallCommon) []*ssa.Function
	// Source and Moves tell the SDK's functions.
	Source, Moves func(*ssa.Function) bool
	// Trusted tells functions whose positions mean nothing to the user.
	Trusted func(*ssa.Function) bool
}

// Problem is a use of a stale value.
type Problem struct {
	Func *ssa.Function
	Pos  token.Pos
	// Move is the call that moved the packet, Mover what it calls.
	Move  token.Pos
	Mover *ssa.Function
}

// move is a call that moved the packet.
type move struct {
	call  ssa.CallInstruction
	mover *ssa.Function
}

func (m move) is() bool { return m.call != nil }

func (m move) pos() token.Pos { return callPos(m.call) }

// callPos returns a call's position, or that of the loop body it is passed.
func callPos(c ssa.CallInstruction) token.Pos {
	pos := cmp.Or(c.Pos(), c.Common().Pos())
	for _, arg := range c.Common().Args {
		if body, ok := arg.(*ssa.MakeClosure); ok && !pos.IsValid() {
			pos = body.Fn.Pos()
		}
	}
	return pos
}

// first returns the one that stands first in the source.
func (m move) first(o move) move {
	if !m.is() || o.is() && o.pos() < m.pos() {
		return o
	}
	return m
}

// Run returns for each function and each call that moves the packet the first use
// of a stale value.
func Run(in Input) []Problem {
	a := &analysis{
		Input:     in,
		summaries: map[string]*summary{},
		users:     map[string][]*instance{},
		left:      map[string]int{},
		prepared:  map[*ssa.Function]bool{},
		escaped:   map[ssa.Value]bool{},
	}
	for _, f := range in.Entries {
		a.summary(&instance{f: f}, nil)
	}
	for len(a.todo) > 0 {
		in := a.todo[0]
		a.todo = a.todo[1:]
		a.run(in)
	}
	return a.problems()
}

type analysis struct {
	Input
	// summaries has nil for what is being made for the first time.
	summaries map[string]*summary
	// users are those that a summary was used for.
	users map[string][]*instance
	// todo are those whose callees' summaries have changed.
	todo []*instance
	// left bounds how often each is analysed.
	left     map[string]int
	prepared map[*ssa.Function]bool
	// escaped are variables to which pointers lie in memory.
	escaped map[ssa.Value]bool
}

// rounds bounds how often a recursive function is analysed.
const rounds = 20

// summary returns a summary for a user, nil of what the user is part of itself.
func (a *analysis) summary(in, user *instance) *summary {
	key := in.key()
	if _, seen := a.summaries[key]; !seen {
		a.summaries[key], a.left[key] = nil, rounds
		a.run(in)
	}
	if user != nil && !slices.ContainsFunc(a.users[key], func(u *instance) bool { return u.key() == user.key() }) {
		a.users[key] = append(a.users[key], user)
	}
	return a.summaries[key]
}

// run makes a summary and has its users run again if it has changed.
func (a *analysis) run(in *instance) {
	key := in.key()
	if a.left[key]--; a.left[key] < 0 {
		return
	}
	if !a.prepared[in.f] {
		a.prepared[in.f] = true
		a.findEscapes(in.f)
	}
	sum := a.analyse(in)
	if sum.equal(a.summaries[key]) {
		return
	}
	a.summaries[key] = sum
	for _, u := range a.users[key] {
		if !slices.ContainsFunc(a.todo, func(t *instance) bool { return t.key() == u.key() }) {
			a.todo = append(a.todo, u)
		}
	}
}

// problems returns the first of each function and move.
func (a *analysis) problems() []Problem {
	var all []Problem
	for _, sum := range a.summaries {
		for p, pos := range sum.problems {
			p.Pos = pos
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y Problem) int {
		return cmp.Or(cmp.Compare(x.Pos, y.Pos), cmp.Compare(x.Move, y.Move), cmp.Compare(x.Mover.String(), y.Mover.String()))
	})
	type key struct {
		f    *ssa.Function
		move token.Pos
	}
	seen := map[key]bool{}
	return slices.DeleteFunc(all, func(p Problem) bool {
		k := key{p.Func, p.Move}
		was := seen[k]
		seen[k] = true
		return was
	})
}
