// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/abi"
)

// Direction says which way packets go.
type Direction int

const (
	// Ingress: into the machine.
	Ingress Direction = iota
	// Egress: out of it.
	Egress
)

// String returns "ingress" or "egress".
func (d Direction) String() string {
	if d == Egress {
		return "egress"
	}
	return "ingress"
}

// AttachTC attaches a TC program to a network interface, after the TC programs
// that are attached to it already (tcx, see tc-bpf(8)). Several programs run in
// their order until one returns something else than tc.Unspec.
//
// As with every link, Extension.Close detaches at the latest. Errors match
// ErrNoProgram, ErrProgramType, ErrNoInterface or ErrClosed.
func (e *Extension) AttachTC(program string, ifindex int, dir Direction) (link.Link, error) {
	return e.attach(program, abi.ProgramTC, func(prog *ebpf.Program, _ string) (link.Link, error) {
		iface, err := net.InterfaceByIndex(ifindex)
		if err != nil {
			return nil, fmt.Errorf("%w: index %d (ip link lists them)", ErrNoInterface, ifindex)
		}
		at := ebpf.AttachTCXIngress
		if dir == Egress {
			at = ebpf.AttachTCXEgress
		}
		l, err := link.AttachTCX(link.TCXOptions{Interface: ifindex, Program: prog, Attach: at})
		switch {
		case errors.Is(err, syscall.ENODEV):
			err = fmt.Errorf("%w: %w", ErrNoInterface, err)
		case errors.Is(err, syscall.ERANGE):
			err = fmt.Errorf("%w (64 programs are attached to it; bpftool net lists them)", err)
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", iface.Name, dir, err)
		}
		return l, nil
	})
}

// AttachKprobe attaches a kprobe program to the start, and a kretprobe program
// to the return, of the kernel function that its directive names; sys_openat
// stands for __x64_sys_openat, as this architecture has it.
//
// Errors match ErrNoProgram, ErrProgramType, ErrNoFunction, ErrNotTraceable or
// ErrClosed.
func (e *Extension) AttachKprobe(program string) (link.Link, error) {
	want := abi.ProgramKprobe
	if e.obj.programType(program) == "kretprobe" {
		want = abi.ProgramKretprobe
	}
	create := kprobe
	if want == abi.ProgramKretprobe {
		create = kretprobe
	}
	return e.attach(program, want, create)
}

func kprobe(prog *ebpf.Program, function string) (link.Link, error) {
	l, err := link.Kprobe(function, prog, nil)
	if err != nil {
		return nil, kprobeError(function, err)
	}
	return l, nil
}

func kretprobe(prog *ebpf.Program, function string) (link.Link, error) {
	l, err := link.Kretprobe(function, prog, nil)
	if err != nil {
		return nil, kprobeError(function, err)
	}
	return l, nil
}

// kprobeError explains. The kernel says ENOENT for a name that it does not know,
// EADDRNOTAVAIL for one that several functions have, EINVAL for what is not to be
// probed; and a refused name was tried with the architecture's prefix for system
// calls, so that ENOENT may stand for EINVAL.
func kprobeError(function string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s: %w: %w (several functions have that name)", function, ErrNotTraceable, err)
	case errors.Is(err, os.ErrNotExist) && !isKernelSymbol(function):
		return fmt.Errorf("%s: %w: %w (/proc/kallsyms lists them; small ones are inlined)", function, ErrNoFunction, err)
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.EILSEQ):
		return fmt.Errorf("%s: %w: %w (probes need it themselves, or it is no function)", function, ErrNotTraceable, err)
	}
	return fmt.Errorf("%s: %w", function, err)
}

// isKernelSymbol looks for a name in /proc/kallsyms.
func isKernelSymbol(name string) bool {
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		return false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) >= 3 && words[2] == name {
			return true
		}
	}
	return false
}

// AttachTracepoint attaches a tracepoint program to the event that its directive
// names. Errors match ErrNoProgram, ErrProgramType, ErrNoEvent or ErrClosed.
func (e *Extension) AttachTracepoint(program string) (link.Link, error) {
	return e.attach(program, abi.ProgramTracepoint, tracepoint)
}

func tracepoint(prog *ebpf.Program, event string) (link.Link, error) {
	category, name, _ := strings.Cut(event, "/")
	l, err := link.Tracepoint(category, name, prog, nil)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: %w", event, ErrNoEvent, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", event, err)
	}
	return l, nil
}

// linker makes a link for a program; its second argument is the argument of the
// program's directive.
type linker func(*ebpf.Program, string) (link.Link, error)

// attach makes a link and remembers it.
func (e *Extension) attach(program string, want abi.ProgramType, create linker) (link.Link, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l, err := e.makeLink(program, want, create)
	if err == nil {
		err = e.keep(l)
	}
	if err != nil {
		return nil, fmt.Errorf("attach %s: %w", program, err)
	}
	return l, nil
}

// makeLink makes a link. The caller holds e.mu.
func (e *Extension) makeLink(program string, want abi.ProgramType, create linker) (link.Link, error) {
	prog, err := e.program(program, want)
	if err != nil {
		return nil, err
	}
	var arg string
	for _, p := range e.obj.img.Meta.Programs {
		if p.Name == program {
			arg = p.Attach
		}
	}
	return create(prog, arg)
}

// keep remembers a link, and pins it when the extension is pinned; when it
// cannot, the link is gone. The caller holds e.mu.
func (e *Extension) keep(l link.Link) error {
	if e.pins != "" {
		if err := e.pinLink(e.pins, l); err != nil {
			return errors.Join(fmt.Errorf("pin link: %w", err), closeLink(l))
		}
	}
	e.links = append(e.links, l)
	return nil
}
