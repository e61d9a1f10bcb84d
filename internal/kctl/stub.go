// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/abi"
)

// Stub describes the BPF program of a few instructions that calls a
// trampoline.
type Stub struct {
	// Name is the BPF program's name; the kernel keeps 15 bytes of it.
	Name string
	Type abi.ProgramType
	// BTF is a file descriptor of the extension's kernel module's BTF.
	BTF int
	// Func is the BTF id of the trampoline in it.
	Func uint32
	// ContextBytes is how much of the context the program reads, for types
	// whose context's size depends on the hook (tracepoints). The kernel
	// refuses to attach the stub where there is less.
	ContextBytes uint32
	// Test makes a stub that can be test-run, with any bytes as the context, of a
	// program type that cannot (BPF_PROG_TYPE_SYSCALL). Pointers are written into
	// the context before.
	Test     bool
	Pointers []Pointer
}

// Pointer is an address to be written into a context of at most 32 KiB: at At, a
// multiple of 8, that of the context's byte Target.
type Pointer struct{ At, Target uint16 }

// ErrProgramType: no stub is known for that program type.
var ErrProgramType = errors.New("unsupported program type")

// StubError is a stub that the kernel's verifier refused. It unwraps to the
// errno. Error() is one line; "%+v" adds the verifier's log.
type StubError struct {
	Name  string
	Errno syscall.Errno
	// Log holds the lines of the verifier's log.
	Log []string
}

func (e *StubError) Unwrap() error { return e.Errno }

func (e *StubError) Error() string {
	s := fmt.Sprintf("load stub %s: %v", e.Name, e.Errno)
	// The last line of a log is its statistics ("processed 3 insns …"); the
	// reason stands before it.
	for i := len(e.Log) - 1; i >= 0; i-- {
		if !strings.HasPrefix(e.Log[i], "processed ") {
			s += ": verifier: " + e.Log[i]
			break
		}
	}
	if e.Errno == unix.EPERM {
		s += " (needs root: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON)"
	}
	return s
}

// Format implements fmt.Formatter: %+v appends the verifier's log.
func (e *StubError) Format(f fmt.State, verb rune) {
	io.WriteString(f, e.Error())
	if verb == 'v' && f.Flag('+') {
		for _, l := range e.Log {
			io.WriteString(f, "\n\tverifier: "+l)
		}
	}
}

// bpfTypes gives the kernel's program type and expected attach type
// (include/uapi/linux/bpf.h).
var bpfTypes = map[abi.ProgramType][2]uint32{
	abi.ProgramXDP:        {unix.BPF_PROG_TYPE_XDP, unix.BPF_XDP},
	abi.ProgramTC:         {unix.BPF_PROG_TYPE_SCHED_CLS, 0},
	abi.ProgramKprobe:     {unix.BPF_PROG_TYPE_KPROBE, 0},
	abi.ProgramKretprobe:  {unix.BPF_PROG_TYPE_KPROBE, 0},
	abi.ProgramTracepoint: {unix.BPF_PROG_TYPE_TRACEPOINT, 0},
	abi.ProgramPerfEvent:  {unix.BPF_PROG_TYPE_PERF_EVENT, 0},
}

// instructions are "call kfunc; exit". The context is in r1 on entry, which is
// where the kfunc takes its argument; the verdict comes back in r0.
// off is the index of the BTF's descriptor in fd_array; 0 stands for vmlinux.
//
// With ContextBytes, a load of the context's last byte stands before them. The
// verifier notes how far a program's loads reach (max_ctx_offset), and attaching
// compares that with the size of the event's record (__perf_event_set_bpf_prog
// in kernel/events/core.c).
func (s Stub) instructions() []byte {
	const pseudoKfuncCall = 2 // BPF_PSEUDO_KFUNC_CALL in src_reg
	var b []byte
	if s.ContextBytes > 0 {
		off := uint16(s.ContextBytes - 1)
		b = append(b, unix.BPF_LDX|unix.BPF_MEM|unix.BPF_B, 1<<4|2, byte(off), byte(off>>8), 0, 0, 0, 0)
	}
	// r2 = r1 + target; *(u64 *)(r1 + at) = r2
	for _, p := range s.Pointers {
		b = append(b, unix.BPF_ALU64|unix.BPF_MOV|unix.BPF_X, 1<<4|2, 0, 0, 0, 0, 0, 0)
		b = append(b, unix.BPF_ALU64|unix.BPF_ADD|unix.BPF_K, 2, 0, 0, byte(p.Target), byte(p.Target>>8), 0, 0)
		b = append(b, unix.BPF_STX|unix.BPF_MEM|unix.BPF_DW, 2<<4|1, byte(p.At), byte(p.At>>8), 0, 0, 0, 0)
	}
	b = append(b, unix.BPF_JMP|unix.BPF_CALL, pseudoKfuncCall<<4, 1, 0)
	b = binary.LittleEndian.AppendUint32(b, s.Func)
	return append(b, unix.BPF_JMP|unix.BPF_EXIT, 0, 0, 0, 0, 0, 0, 0)
}

// Load has the kernel verify and compile the stub and returns its file
// descriptor. The error is a *StubError or wraps ErrProgramType.
func (s Stub) Load() (int, error) {
	types, ok := bpfTypes[s.Type]
	if !ok {
		return -1, fmt.Errorf("load stub %s: %w %d", s.Name, ErrProgramType, s.Type)
	}
	if s.BTF <= 0 || s.BTF > math.MaxInt32 {
		return -1, fmt.Errorf("load stub %s: invalid BTF file descriptor %d", s.Name, s.BTF)
	}
	if s.ContextBytes > math.MaxInt16 {
		return -1, fmt.Errorf("load stub %s: context of %d bytes", s.Name, s.ContextBytes)
	}
	var flags uint32
	if s.Test {
		types, flags = [2]uint32{unix.BPF_PROG_TYPE_SYSCALL, 0}, unix.BPF_F_SLEEPABLE
	}
	insns := s.instructions()
	fds := []int32{0, int32(s.BTF)}
	fd, err := progLoad(types[0], types[1], flags, BPFName(s.Name), insns, fds, nil)
	if err == nil {
		return fd, nil
	}
	// Once more with a log, only now that it is needed.
	log := make([]byte, 64<<10)
	fd, err2 := progLoad(types[0], types[1], flags, BPFName(s.Name), insns, fds, log)
	if err2 == nil {
		return fd, nil
	}
	e := &StubError{Name: s.Name, Log: strings.FieldsFunc(CString(log), func(r rune) bool { return r == '\n' })}
	if !errors.As(err, &e.Errno) {
		e.Errno = unix.EIO
	}
	return -1, e
}

// BPFName makes a valid BPF object name (bpf_obj_name_cpy in
// kernel/bpf/syscall.c): 15 bytes of [A-Za-z0-9_.].
func BPFName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, s)
	return s[:min(len(s), 15)]
}
