// SPDX-License-Identifier: Apache-2.0

package object

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/audit"
)

// ErrPoll: code could run for long without looking whether its time is up.
var ErrPoll = errors.New("no poll")

// errUnbounded is ErrPoll because of a loop with several entries.
var errUnbounded = fmt.Errorf("%w: a loop with several entries", ErrPoll)

// errMuch is ErrPoll because short loops come to much together.
var errMuch = fmt.Errorf("%w: too much in short loops", ErrPoll)

// Bounds on the instructions that a program executes between two polls.
const (
	maxUnpolled = 4 << 20
	helperCost  = 100
)

// polling says how generous place-safepoints is with polls.
type polling struct {
	// entries: on entry to every function, not only on back-edges.
	entries bool
	// reducible: loops with several entries, which LLVM's loop passes do not
	// see, are made reducible first.
	reducible bool
	// shortBits: a loop that LLVM knows to go round fewer than 1<<shortBits
	// times has no poll.
	shortBits int
	// all: on every back-edge and entry.
	all bool
}

// pollAll is every poll that there can be.
var pollAll = polling{entries: true, reducible: true, all: true}

// startPolling is what is tried first: the fewest polls that may do, unless
// told. Without recursion, calls need none.
func startPolling(in Input) polling {
	if in.Polls {
		return pollAll
	}
	return polling{shortBits: 6, entries: bytes.Count(in.IR, []byte(NeedSymbol)) > 1}
}

// more is what to try when a mode leaves too much without a poll.
func (m polling) more(err error) polling {
	switch {
	case errors.Is(err, errUnbounded) && !m.reducible:
		m.reducible = true
		return m
	case errors.Is(err, errMuch) && m.shortBits > 2:
		m.shortBits -= 2
		return m
	}
	return pollAll
}

// checkPolls verifies on the machine code that polls bound the time from one
// to the next: every loop has a poll or is short, nested short loops are
// still short, and functions that call each other in a circle poll. The error
// matches ErrPoll.
//
// without names the functions that place-safepoints left alone; they may have
// no loops.
func (g *graph) checkPolls(mode polling, without map[string]bool) error {
	for _, n := range g.nodes {
		n.polled = n.pollsBeforeCalls()
		n.weights = loopWeights(n.fn, mode.shortBits)
	}
	for _, n := range g.nodes {
		if mode.all || without[n.name] {
			if i := n.loopWithoutPoll(); i >= 0 {
				return fmt.Errorf("check polls: %w: the loop at %s+%#x", ErrPoll, n.name, n.fn.Insts[i].Off-n.fn.Start)
			}
		}
		cost, err := g.cost(n)
		if err != nil {
			return err
		}
		if !mode.all && cost == math.MaxUint64 {
			return fmt.Errorf("check polls: %w in or below %s", errUnbounded, n.name)
		}
		if !mode.all && cost > maxUnpolled {
			return fmt.Errorf("check polls: %w: %s may execute %d instructions", errMuch, n.name, cost)
		}
	}
	return nil
}

// cost bounds the instructions that a call of n executes between two polls,
// by the number of all that it may execute when no loop with a poll goes
// round. A call back into a circle counts for the callee's own instructions
// only, provided that it polls on entry.
func (g *graph) cost(n *node) (uint64, error) {
	if n.work == done {
		return n.total, nil
	}
	n.work = active
	var sum uint64
	for i := range n.fn.Insts {
		one, err := g.instructionCost(&n.fn.Insts[i])
		if err != nil {
			return 0, err
		}
		sum = satAdd(sum, satMul(n.weights[i], one))
	}
	n.total, n.work = sum, done
	return sum, nil
}

func (g *graph) instructionCost(in *audit.Inst) (uint64, error) {
	t, ok := in.Target()
	switch {
	case !ok:
		return 1, nil
	case isIndirect(t):
		var most uint64
		for _, c := range g.taken {
			cost, err := g.callCost(c)
			if err != nil {
				return 0, err
			}
			most = max(most, cost)
		}
		return satAdd(most, 1), nil
	case t.Extern != "":
		return helperCost, nil
	}
	c := g.starts[t.Off]
	if c == nil || (!in.IsCall() && c.fn.Start <= in.Off && in.Off < c.fn.End) {
		return 1, nil // a jump inside the function
	}
	cost, err := g.callCost(c)
	return satAdd(cost, 1), err
}

func (g *graph) callCost(c *node) (uint64, error) {
	if c.work != active {
		return g.cost(c)
	}
	if !c.polled {
		return 0, fmt.Errorf("check polls: %w: %s calls itself, perhaps through others", ErrPoll, c.name)
	}
	var own uint64
	for _, w := range c.weights {
		own = satAdd(own, w)
	}
	return own, nil
}

// pollsBeforeCalls reports whether every way from the function's entry to a
// call of a compiled function passes a poll.
func (n *node) pollsBeforeCalls() bool { return n.passes(isPoll) }

// isPoll reports whether an instruction reads CPU.Poll, which nothing but a
// poll does.
func isPoll(in *audit.Inst) bool {
	if in.X.MemBytes != 1 || len(in.Relocs) != 1 {
		return false
	}
	r := in.Relocs[0]
	return r.Sym.Undefined() && r.Sym.Name == abi.CPUSymbol && r.Addend+int64(in.End()-r.Off) == 0
}

// isAtomic reports whether an instruction is what LLVM builds a retry loop
// around for atomic operations that the machine lacks.
func isAtomic(in *audit.Inst) bool {
	return in.X.Op == x86asm.CMPXCHG || in.X.Op == x86asm.CMPXCHG16B
}

// loopWeights says for each instruction how often it may run between two
// polls: once outside of loops, and more for each loop around it.
//
// The loops are those of the control flow with its polls, since an inner loop
// that polls gives the outer one several entries when it is cut out. A loop
// that can come back to where it is entered without a poll is one that LLVM
// found to be short, and counts 1<<shortBits times. One that cannot counts
// twice: from the last poll to the entry, and from there to the next poll (and
// once more for each further entry). A loop that LLVM did not see as one, because
// it has several entries, has no bound unless it polls.
func loopWeights(f *audit.Function, shortBits int) []uint64 {
	full, cut := newFullCFG(f), newCFG(f)
	w := make([]uint64, len(f.Insts))
	for i := range w {
		w[i] = 1
	}
	full.loops(func(members, headers []int) {
		factor := uint64(1) << shortBits
		switch {
		case cut.has(members, isAtomic) && !full.has(members, isPoll):
			factor = 1
		case !cut.circles(members, headers):
			factor = uint64(len(headers)) + 1
		case len(headers) > 1:
			factor = math.MaxUint64
		}
		for _, i := range members {
			w[i] = satMul(w[i], factor)
		}
	})
	return w
}

// loopWithoutPoll returns an instruction of a loop without a poll, -1 when
// there is none.
func (n *node) loopWithoutPoll() int {
	c := newCFG(n.fn)
	found := -1
	c.loops(func(members, _ []int) {
		if !c.has(members, isAtomic) && found < 0 {
			found = members[0]
		}
	})
	return found
}

// withoutPolls returns the functions of a module that place-safepoints leaves
// alone, because they do not have the collector that asks for polls.
func withoutPolls(ir []byte) map[string]bool {
	out := map[string]bool{}
	for line := range bytes.Lines(ir) {
		if !bytes.HasPrefix(line, []byte("define ")) || bytes.Contains(line, []byte(`gc "statepoint-example"`)) {
			continue
		}
		_, name, _ := bytes.Cut(line, []byte("@"))
		if rest, quoted := bytes.CutPrefix(name, []byte(`"`)); quoted {
			name, _, _ = bytes.Cut(rest, []byte(`"`))
		} else {
			name, _, _ = bytes.Cut(name, []byte("("))
		}
		out[unescape(string(name))] = true
	}
	return out
}

// unescape undoes LLVM's \XX in names.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func satAdd(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

func satMul(a, b uint64) uint64 {
	if a != 0 && b > math.MaxUint64/a {
		return math.MaxUint64
	}
	return a * b
}
