// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/abi"
)

// Replace puts this extension in the place of another one: every link of the
// other's, which must be a program of the same name and type here, becomes this
// one's. The hook of an XDP or TC program is switched over atomically, so that
// every packet is seen by one of the two. A kprobe, kretprobe or tracepoint
// program is attached before the other's is detached: meanwhile an event may be
// seen by both, but by none never. The links of perf event programs cannot be
// taken over; they are refused before anything is changed.
//
// The other extension is attached to nothing afterwards; closing it is up to the
// caller. When it is pinned, this one must be too.
//
// On error every hook has the program that it had. Errors match ErrNoProgram,
// ErrProgramType, ErrNotPinned or ErrClosed.
func (e *Extension) Replace(old *Extension) error {
	if e == old {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	old.mu.Lock()
	defer old.mu.Unlock()
	if err := e.replace(old); err != nil {
		return fmt.Errorf("replace extension %s by %s: %w", old.Name(), e.Name(), err)
	}
	return nil
}

// takeover is one link that changes hands.
type takeover struct {
	old, new link.Link // the same when the hook can be switched
	program  string
}

func (e *Extension) replace(old *Extension) error {
	switch {
	case e.closed || old.closed:
		return ErrClosed
	case old.pins != "" && e.pins == "":
		return fmt.Errorf("%w, which %s is", ErrNotPinned, old.Name())
	}
	plan, err := e.plan(old)
	if err != nil {
		return err
	}
	done := 0
	for i := range plan {
		if err = e.takeOver(&plan[i]); err != nil {
			break
		}
		done++
	}
	if err != nil {
		for i := range plan[:done] {
			err = errors.Join(err, old.giveBack(&plan[i]))
		}
		return err
	}
	// Every hook is ours. What is left is to say whose the links are.
	var errs []error
	for _, t := range plan {
		if e.pins != "" {
			errs = append(errs, e.pinLink(e.pins, t.new))
		}
		e.links = append(e.links, t.new)
		if t.new != t.old {
			errs = append(errs, closeLink(t.old))
		}
	}
	old.links = nil
	if old.pins != "" {
		_, err := removeFiles(filepath.Join(old.pins, pinLinks))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// plan finds the program for each of the other's links.
func (e *Extension) plan(old *Extension) ([]takeover, error) {
	var plan []takeover
	for _, l := range old.openLinks() {
		info, err := l.Info()
		if err != nil {
			return nil, err
		}
		name, err := old.linked(info)
		if err != nil {
			return nil, err
		}
		typ := old.typeOf(name)
		if _, err := e.program(name, typ); err != nil {
			return nil, fmt.Errorf("program %s: %w", name, err)
		}
		if typ == abi.ProgramPerfEvent {
			return nil, fmt.Errorf("program %s: %w: a perf event's link stays with its program (attach the new one, then detach the old)", name, ErrProgramType)
		}
		plan = append(plan, takeover{old: l, program: name})
	}
	return plan, nil
}

// takeOver gives one hook to this extension's program.
func (e *Extension) takeOver(t *takeover) (err error) {
	switch e.typeOf(t.program) {
	case abi.ProgramXDP, abi.ProgramTC:
		t.new = t.old
		err = t.old.Update(e.stubs[t.program])
	case abi.ProgramKprobe:
		t.new, err = e.makeLink(t.program, abi.ProgramKprobe, kprobe)
	case abi.ProgramKretprobe:
		t.new, err = e.makeLink(t.program, abi.ProgramKretprobe, kretprobe)
	case abi.ProgramTracepoint:
		t.new, err = e.makeLink(t.program, abi.ProgramTracepoint, tracepoint)
	}
	if err != nil {
		return fmt.Errorf("program %s: %w", t.program, err)
	}
	return nil
}

// giveBack undoes takeOver, for the extension that had the hook.
func (e *Extension) giveBack(t *takeover) error {
	if t.new == t.old {
		return t.old.Update(e.stubs[t.program])
	}
	return closeLink(t.new)
}

// typeOf returns a program's type, ProgramInvalid when there is none.
func (e *Extension) typeOf(program string) abi.ProgramType {
	for _, p := range e.obj.img.Meta.Programs {
		if p.Name == program {
			return p.Type
		}
	}
	return abi.ProgramInvalid
}
