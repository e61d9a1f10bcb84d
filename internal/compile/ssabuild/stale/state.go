// SPDX-License-Identifier: Apache-2.0

package stale

import (
	"maps"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// fact names what may lead to the packet's bytes: an SSA value, a part of it, or
// memory behind it. The path has .N for a field, [N] for an array element, [] for
// any element, * for what a pointer or slice refers to, #N for a result of a call.
type fact struct {
	root ssa.Value
	path string
}

// label is what is known of a fact; the zero label is of what does not lead to the
// packet.
type label struct {
	// fresh: it may lead to the packet as it is.
	fresh bool
	// stale: it may lead to bytes from before this move.
	stale move
	// in has the facts at the function's entry that it may be a copy of, with the
	// move since, if any.
	in map[fact]move
}

func (l label) none() bool { return !l.fresh && !l.stale.is() && len(l.in) == 0 }

func (l label) equal(o label) bool {
	return l.fresh == o.fresh && l.stale == o.stale && maps.Equal(l.in, o.in)
}

func (l label) join(o label) label {
	l.fresh = l.fresh || o.fresh
	l.stale = l.stale.first(o.stale)
	if len(l.in) == 0 {
		l.in = o.in
	} else if len(o.in) > 0 {
		in := maps.Clone(l.in)
		for f, m := range o.in {
			in[f] = in[f].first(m)
		}
		l.in = in
	}
	return l
}

// after returns the label after the packet moved.
func (l label) after(m move) label {
	if l.fresh {
		l.fresh, l.stale = false, l.stale.first(m)
	}
	if len(l.in) > 0 {
		in := make(map[fact]move, len(l.in))
		for f, old := range l.in {
			if !old.is() {
				old = m
			}
			in[f] = old
		}
		l.in = in
	}
	return l
}

// state is what is known at a point of a function; nil of one that is not reached.
type state struct {
	facts map[fact]label
	// moved is the first move since the function's entry.
	moved move
}

func (s *state) clone() *state { return &state{maps.Clone(s.facts), s.moved} }

// entry returns the label of what nothing was assigned to: what a parameter or a
// captured variable leads to is as it was at the entry.
func (s *state) entry(f fact) label {
	switch f.root.(type) {
	case *ssa.Parameter, *ssa.FreeVar:
		return label{in: map[fact]move{f: s.moved}}
	}
	return label{}
}

func (s *state) get(f fact) label {
	if f.root == nil {
		return label{}
	}
	if !strings.Contains(f.path, "[") {
		if l, ok := s.facts[f]; ok {
			return l
		}
		return s.entry(f)
	}
	var l label
	covered := false
	for g, x := range s.facts {
		if g.root == f.root && overlap(g.path, f.path) {
			l = l.join(x)
			covered = covered || covers(g.path, f.path)
		}
	}
	if !covered {
		l = l.join(s.entry(f))
	}
	return l
}

// set assigns to a fact; a weak assignment may be to something else.
func (s *state) set(f fact, l label, weak bool) {
	if f.root == nil {
		return
	}
	if weak {
		l = l.join(s.get(f))
	}
	if l.none() && s.entry(f).none() {
		delete(s.facts, f)
		return
	}
	s.facts[f] = l
}

// forget drops what is known of a fact, its parts, and all behind it.
func (s *state) forget(f fact) {
	for g := range s.facts {
		if g.root != f.root {
			continue
		}
		if rest, ok := strings.CutPrefix(g.path, f.path); ok && (rest == "" || f.path == "" || strings.ContainsAny(rest[:1], ".[*")) {
			delete(s.facts, g)
		}
	}
}

// move makes stale what leads to the packet.
func (s *state) move(m move) {
	for f, l := range s.facts {
		s.facts[f] = l.after(m)
	}
	s.moved = s.moved.first(m)
}

// join adds what is known on another way to the same point; it reports changes.
func (s *state) join(o *state) (changed bool) {
	for f, x := range o.facts {
		old := s.get(f)
		l := old.join(x)
		if cur, ok := s.facts[f]; !ok && !l.none() || ok && !cur.equal(l) {
			s.facts[f], changed = l, true
		}
	}
	for f, old := range s.facts {
		if _, ok := o.facts[f]; ok {
			continue
		}
		if l := old.join(o.get(f)); !old.equal(l) {
			s.facts[f], changed = l, true
		}
	}
	if m := s.moved.first(o.moved); m != s.moved {
		s.moved, changed = m, true
	}
	return changed
}
