// SPDX-License-Identifier: Apache-2.0

package ir

import (
	"fmt"
	"strings"
)

// Verify checks the whole module: every block ends in exactly one terminator,
// every operand is defined, labels and registers are unique, branches stay
// inside the function, phis have one entry for each predecessor, and every
// called function exists. It does not check dominance; LLVM does.
func (m *Module) Verify() error {
	for _, f := range m.Funcs {
		if len(f.Blocks) == 0 {
			continue
		}
		if err := m.verifyFunc(f); err != nil {
			return &Error{Msg: fmt.Sprintf("%s: %v", f.Name, err)}
		}
	}
	return nil
}

func (m *Module) verifyFunc(f *Func) error {
	defs := map[string]Type{}
	for i := range f.Params {
		defs[f.Param(i).Ref] = f.Params[i].Type
	}
	define := func(in *Instr) error {
		if in.Result.Ref == "" {
			return nil
		}
		if _, dup := defs[in.Result.Ref]; dup {
			return fmt.Errorf("%s defined twice", in.Result.Ref)
		}
		defs[in.Result.Ref] = in.Result.Type
		return nil
	}
	for _, in := range f.entry {
		if err := define(in); err != nil {
			return err
		}
	}
	preds := map[*Block]map[*Block]bool{}
	labels := map[string]bool{}
	own := map[*Block]bool{}
	for _, b := range f.Blocks {
		own[b] = true
		if labels[b.Label] {
			return fmt.Errorf("two blocks %%%s", b.Label)
		}
		labels[b.Label] = true
		n := len(b.Instrs)
		if n == 0 || !b.Instrs[n-1].Term {
			return fmt.Errorf("block %%%s has no terminator", b.Label)
		}
		for i, in := range b.Instrs {
			if in.Term != (i == n-1) {
				return fmt.Errorf("block %%%s: terminator in the middle", b.Label)
			}
			if err := define(in); err != nil {
				return err
			}
			for _, to := range in.Targets {
				if preds[to] == nil {
					preds[to] = map[*Block]bool{}
				}
				preds[to][b] = true
			}
		}
	}
	for to := range preds {
		if !own[to] {
			return fmt.Errorf("branch to %%%s of another function", to.Label)
		}
		if to == f.Blocks[0] {
			return fmt.Errorf("branch to the entry block")
		}
	}
	for _, b := range f.Blocks {
		for _, in := range b.Instrs {
			if err := m.verifyArgs(in, defs); err != nil {
				return fmt.Errorf("block %%%s: %s: %w", b.Label, in.Text, err)
			}
			if strings.HasPrefix(in.Text, "phi ") {
				if err := verifyPhi(in, preds[b]); err != nil {
					return fmt.Errorf("block %%%s: %w", b.Label, err)
				}
			}
		}
	}
	return nil
}

func (m *Module) verifyArgs(in *Instr, defs map[string]Type) error {
	if in.callee != "" && m.funcs[in.callee] == nil {
		return fmt.Errorf("call of unknown function")
	}
	for _, a := range in.Args {
		if a.Ref == "" {
			return fmt.Errorf("operand without a value")
		}
		switch a.Ref[0] {
		case '%':
			t, ok := defs[a.Ref]
			if !ok {
				return fmt.Errorf("%s is not defined", a.Ref)
			}
			if t != a.Type {
				return fmt.Errorf("%s is %s, used as %s", a.Ref, t, a.Type)
			}
		case '@':
			name := a.Ref[1:]
			if name[0] == '"' {
				continue
			}
			if !m.names[name] {
				return fmt.Errorf("@%s is not defined", name)
			}
		}
	}
	return nil
}

func verifyPhi(in *Instr, preds map[*Block]bool) error {
	seen := map[*Block]bool{}
	for _, inc := range in.incoming {
		if !preds[inc.from] {
			return fmt.Errorf("phi %s: %%%s is no predecessor", in.Result.Ref, inc.from.Label)
		}
		seen[inc.from] = true
	}
	if len(seen) != len(preds) {
		return fmt.Errorf("phi %s has %d of %d edges", in.Result.Ref, len(seen), len(preds))
	}
	return nil
}
