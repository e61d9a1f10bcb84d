// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/kctl"
	"github.com/rex-go/rex/internal/kernel"
)

// registersSize is the size of struct pt_regs.
const registersSize = 21 * 8

// TestProbe runs a kprobe, kretprobe or tracepoint program once, in this
// process's context, on a copy of ctx: a struct pt_regs, or a trace record with
// the fields that all records have. The result has the context as the program
// left it.
func (e *Extension) TestProbe(program string, ctx []byte) (TestResult, error) {
	return e.testProbe(program, ctx, nil, abi.ProgramKprobe, abi.ProgramKretprobe, abi.ProgramTracepoint)
}

// TestSyscall runs a kprobe program once as on entry to a system call: regs are
// the kernel's registers, of which RDI points to user.
func (e *Extension) TestSyscall(program string, regs, user []byte) (TestResult, error) {
	const rdi = 14 * 8
	ctx := append(append(make([]byte, 0, 2*registersSize), regs...), user...)
	return e.testProbe(program, ctx, []kctl.Pointer{{At: rdi, Target: uint16(len(regs))}}, abi.ProgramKprobe)
}

// TestPerfEvent runs a perf event program once on a sample. It has no event
// whose counter could be read.
func (e *Extension) TestPerfEvent(program string, regs []byte, period, addr uint64) (TestResult, error) {
	btf, err := kernel.RunningBTF()
	if err != nil {
		return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
	}
	// struct bpf_perf_event_data_kern, struct pt_regs, struct perf_sample_data.
	const (
		head   = 64
		data   = head + registersSize
		room   = 4096
		hasAdr = 1 << 3 // PERF_SAMPLE_ADDR
	)
	ctx := make([]byte, room)
	copy(ctx[head:data], regs)
	var pointers []kctl.Pointer
	for field, target := range map[string]uint16{"regs": head, "data": data} {
		at, err := btf.FieldOffset("bpf_perf_event_data_kern", field)
		if err != nil {
			return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
		}
		pointers = append(pointers, kctl.Pointer{At: uint16(at), Target: target})
	}
	for field, v := range map[string]uint64{"period": period, "addr": addr, "sample_flags": hasAdr} {
		at, err := btf.FieldOffset("perf_sample_data", field)
		if err != nil || at+8 > room-data {
			return TestResult{}, fmt.Errorf("test-run %s: perf_sample_data.%s: %w", program, field, err)
		}
		binary.LittleEndian.PutUint64(ctx[data+at:], v)
	}
	return e.testProbe(program, ctx, pointers, abi.ProgramPerfEvent)
}

// testProbe runs a program through a stub that the kernel test-runs.
func (e *Extension) testProbe(program string, ctx []byte, pointers []kctl.Pointer, types ...abi.ProgramType) (TestResult, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if _, err := e.program(program, abi.ProgramInvalid); err != nil {
		return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
	}
	handle, err := moduleBTF(e.module)
	if err != nil {
		return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
	}
	defer handle.Close()
	stub := kctl.Stub{Name: program, BTF: handle.FD(), Test: true, Pointers: pointers}
	for i, p := range e.obj.img.Meta.Programs {
		if p.Name == program {
			stub.Type, stub.Func = p.Type, e.kfuncs[i]
		}
	}
	ok := false
	for _, t := range types {
		ok = ok || stub.Type == t
	}
	if !ok {
		return TestResult{}, fmt.Errorf("test-run %s: %w: it is a %s program", program, ErrProgramType, e.obj.programType(program))
	}
	fd, err := stub.Load()
	if err != nil {
		return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
	}
	prog, err := ebpf.NewProgramFromFD(fd)
	if err != nil {
		return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
	}
	defer prog.Close()
	out := make([]byte, len(ctx))
	opts := ebpf.RunOptions{Context: ctx, ContextOut: out}
	verdict, err := prog.Run(&opts)
	if err != nil {
		return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
	}
	return TestResult{Verdict: verdict, Context: opts.ContextOut.([]byte)}, nil
}

// Entry returns the address of the kernel function that a kprobe program's
// directive names.
func (e *Extension) Entry(program string) (uint64, error) {
	for _, p := range e.obj.img.Meta.Programs {
		if p.Name != program {
			continue
		}
		names := []string{p.Attach, "__x64_" + p.Attach}
		addr, err := symbolAddress(names)
		if err != nil {
			return 0, fmt.Errorf("find %s: %w", p.Attach, err)
		}
		return addr, nil
	}
	return 0, fmt.Errorf("find entry of %s: %w", program, ErrNoProgram)
}

// symbolAddress looks names up in /proc/kallsyms.
func symbolAddress(names []string) (uint64, error) {
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) >= 3 && slices.Contains(names, words[2]) {
			return strconv.ParseUint(words[0], 16, 64)
		}
	}
	return 0, ErrNoFunction
}
