// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/abi"
)

// AttachXDP attaches an XDP program to a network interface. With flags 0 the
// driver's own XDP is used when it has it and takes the program, else the
// generic one.
//
// The link is closed, and the program thereby detached, by Extension.Close at
// the latest. Errors match ErrNoProgram, ErrProgramType, ErrNoInterface,
// ErrHookTaken or ErrClosed.
func (e *Extension) AttachXDP(program string, ifindex int, flags link.XDPAttachFlags) (link.Link, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	prog, err := e.program(program, abi.ProgramXDP)
	if err != nil {
		return nil, fmt.Errorf("attach %s: %w", program, err)
	}
	iface, err := net.InterfaceByIndex(ifindex)
	if err != nil {
		return nil, fmt.Errorf("attach %s: %w: index %d (ip link lists them)", program, ErrNoInterface, ifindex)
	}
	l, err := attachXDP(prog, ifindex, flags)
	if err != nil {
		return nil, fmt.Errorf("attach %s: %w", program, xdpError(iface, err))
	}
	if err := e.keep(l); err != nil {
		return nil, fmt.Errorf("attach %s: %w", program, err)
	}
	return l, nil
}

func attachXDP(prog *ebpf.Program, ifindex int, flags link.XDPAttachFlags) (link.Link, error) {
	opts := link.XDPOptions{Program: prog, Interface: ifindex, Flags: flags}
	l, err := link.AttachXDP(opts)
	if err == nil || flags != 0 || !driverRefused(err) {
		return l, err
	}
	// Drivers refuse native XDP for reasons of their own: MTU, number of
	// queues, offloads.
	opts.Flags = link.XDPGenericMode
	l, err2 := link.AttachXDP(opts)
	if err2 != nil {
		return nil, err
	}
	return l, nil
}

func driverRefused(err error) bool {
	for _, other := range []error{syscall.EBUSY, syscall.EEXIST, syscall.EPERM, syscall.ENODEV, syscall.EBADF} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}

// xdpError explains the errors that a user can do something about: EBUSY when
// the hook is taken (dev_xdp_attach in net/core/dev.c), EEXIST when it is taken
// in the other mode, ENODEV when the interface went away meanwhile.
func xdpError(iface *net.Interface, err error) error {
	switch {
	case errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.EEXIST):
		e := &HookTakenError{Hook: "xdp hook of " + iface.Name, Err: err}
		e.Program, e.Link = xdpHolder(iface.Index)
		e.Name = programName(e.Program)
		return e
	case errors.Is(err, syscall.ENODEV):
		return fmt.Errorf("%s: %w: %w", iface.Name, ErrNoInterface, err)
	}
	return fmt.Errorf("%s: %w", iface.Name, err)
}

// program returns a stub. The caller holds e.mu.
func (e *Extension) program(name string, want abi.ProgramType) (*ebpf.Program, error) {
	if e.closed {
		return nil, ErrClosed
	}
	var names []string
	for _, p := range e.obj.img.Meta.Programs {
		if p.Name != name {
			names = append(names, p.Name)
			continue
		}
		if want != abi.ProgramInvalid && p.Type != want {
			return nil, fmt.Errorf("%w: it is a %s program", ErrProgramType, e.obj.programType(name))
		}
		return e.stubs[name], nil
	}
	return nil, fmt.Errorf("%w (extension %s has %v)", ErrNoProgram, e.Name(), names)
}
