// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/rex-go/rex/internal/abi"
)

// ErrHelper: the kernel lacks a BPF helper that rex.ko calls.
var ErrHelper = errors.New("kernel lacks a BPF helper")

// helperPage is a ring buffer's smallest size that every kernel takes.
const helperPage = 4096

// helperCalls is a BPF program that calls some of abi.BPFHelpers in a way that
// the verifier accepts for its type. It is loaded and never run.
type helperCalls struct {
	typ  ebpf.ProgramType
	code func(maps helperMaps) asm.Instructions
}

// helperMaps are the maps that helperPrograms refer to.
type helperMaps struct {
	ringbuf, stacks, events *ebpf.Map
}

// newHelperMaps makes them; on error there are none.
func newHelperMaps() (m helperMaps, err error) {
	m.ringbuf, err = ebpf.NewMap(&ebpf.MapSpec{Name: "rex_helpers", Type: ebpf.RingBuf, MaxEntries: helperPage})
	if err != nil {
		return m, err
	}
	m.stacks, err = ebpf.NewMap(&ebpf.MapSpec{
		Name: "rex_helpers", Type: ebpf.StackTrace, KeySize: 4, ValueSize: 8 * abi.StackDepth, MaxEntries: 1,
	})
	if err == nil {
		m.events, err = ebpf.NewMap(&ebpf.MapSpec{Name: "rex_helpers", Type: ebpf.PerfEventArray, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	}
	if err != nil {
		m.close()
	}
	return m, err
}

func (m helperMaps) close() {
	m.ringbuf.Close()
	m.stacks.Close()
	m.events.Close()
}

// helperPrograms calls every helper of abi.BPFHelpers once, in the program
// types that may.
var helperPrograms = []helperCalls{
	{ebpf.XDP, ringbufCalls},
	{ebpf.Kprobe, stackCalls},
	{ebpf.PerfEvent, stackCalls},
	{ebpf.SchedCLS, skbCalls},
	{ebpf.XDP, xdpCalls},
	{ebpf.XDP, outputCalls},
	{ebpf.SchedCLS, outputCalls},
	{ebpf.Kprobe, outputCalls},
	{ebpf.TracePoint, outputCalls},
	{ebpf.Kprobe, counterCalls},
}

// ringbufCalls reserves two records, of which it submits one and discards the
// other, and outputs a third.
func ringbufCalls(maps helperMaps) asm.Instructions {
	reserve := func(end asm.BuiltinFunc, label string) asm.Instructions {
		return asm.Instructions{
			asm.LoadMapPtr(asm.R1, maps.ringbuf.FD()),
			asm.Mov.Imm(asm.R2, 8),
			asm.Mov.Imm(asm.R3, 0),
			asm.FnRingbufReserve.Call(),
			asm.JEq.Imm(asm.R0, 0, label),
			asm.Mov.Reg(asm.R1, asm.R0),
			asm.Mov.Imm(asm.R2, 0),
			end.Call(),
			asm.Mov.Imm(asm.R0, 0).WithSymbol(label),
		}
	}
	code := append(reserve(asm.FnRingbufSubmit, "submitted"), reserve(asm.FnRingbufDiscard, "discarded")...)
	return append(code,
		asm.Mov.Imm(asm.R1, 0),
		asm.StoreMem(asm.RFP, -8, asm.R1, asm.DWord),
		asm.LoadMapPtr(asm.R1, maps.ringbuf.FD()),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -8),
		asm.Mov.Imm(asm.R3, 8),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnRingbufOutput.Call(),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
	)
}

// stackCalls stores and copies the interrupted stack. Each type of program has
// the functions for its own context.
func stackCalls(maps helperMaps) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R6, asm.R1),
		asm.LoadMapPtr(asm.R2, maps.stacks.FD()),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnGetStackid.Call(),
		asm.Mov.Reg(asm.R1, asm.R6),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -8),
		asm.Mov.Imm(asm.R3, 8),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnGetStack.Call(),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
	}
}

// outputCalls writes a sample. Each type of program has the function for its own
// context.
func outputCalls(maps helperMaps) asm.Instructions {
	return asm.Instructions{
		asm.LoadMapPtr(asm.R2, maps.events.FD()),
		asm.Mov.Imm(asm.R3, 0),
		asm.StoreMem(asm.RFP, -8, asm.R3, asm.DWord),
		asm.Mov.Reg(asm.R4, asm.RFP),
		asm.Add.Imm(asm.R4, -8),
		asm.Mov.Imm(asm.R5, 8),
		asm.FnPerfEventOutput.Call(),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
	}
}

// counterCalls reads a counter.
func counterCalls(maps helperMaps) asm.Instructions {
	return asm.Instructions{
		asm.LoadMapPtr(asm.R1, maps.events.FD()),
		asm.Mov.Imm(asm.R2, 0),
		asm.Mov.Reg(asm.R3, asm.RFP),
		asm.Add.Imm(asm.R3, -24),
		asm.Mov.Imm(asm.R4, 24),
		asm.FnPerfEventReadValue.Call(),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
	}
}

// ProvideHelpers tells rex.ko where the kernel's BPF helpers are that it calls
// and that the kernel does not export, unless it knows already. An error
// matches ErrHelper or is a *ebpf.VerifierError.
func (d *Device) ProvideHelpers() error {
	all := uint64(1)<<len(abi.BPFHelpers) - 1
	q := abi.HelperQuery{ProgFD: -1}
	if err := d.call(iocRead|iocWrite, abi.IoctlHelpers, &q); err != nil {
		return fmt.Errorf("query helpers: %w", err)
	}
	if q.Have == all {
		return nil
	}
	maps, err := newHelperMaps()
	if err != nil {
		return fmt.Errorf("provide helpers: %w", err)
	}
	defer maps.close()
	for _, h := range helperPrograms {
		if err := d.provide(h, maps, &q); err != nil {
			return fmt.Errorf("provide helpers: %w", err)
		}
	}
	for i, h := range abi.BPFHelpers {
		if q.Have&(1<<i) == 0 {
			return fmt.Errorf("provide helpers: %w: %s", ErrHelper, h.Symbol)
		}
	}
	return nil
}

func (d *Device) provide(h helperCalls, maps helperMaps, q *abi.HelperQuery) error {
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "rex_helpers", Type: h.typ, License: "GPL", Instructions: h.code(maps),
	})
	if err != nil {
		return err
	}
	defer prog.Close()
	q.ProgFD, q.ProgType = int32(prog.FD()), uint32(h.typ)
	return d.call(iocRead|iocWrite, abi.IoctlHelpers, q)
}
