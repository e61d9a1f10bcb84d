// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"fmt"
	"time"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/internal/abi"
)

// TestResult is the outcome of a test run.
type TestResult struct {
	Verdict uint32
	// Packet is the packet as the program left it.
	Packet []byte
	// Context is the context as the program left it, when one was given.
	Context []byte
}

// maxPacket is more than a packet's linear part can have.
const maxPacket = 1 << 17

// TestRun runs a program once on a packet of at least 14 bytes, without any
// traffic. The program runs as on a hook, in this process's context, with all
// side effects on maps.
func (e *Extension) TestRun(program string, packet []byte) (TestResult, error) {
	return e.TestRunContext(program, packet, nil)
}

// TestRunContext is TestRun with a context: a struct xdp_md for XDP programs, a
// struct __sk_buff for TC programs (include/uapi/linux/bpf.h). The kernel takes
// only some of the fields, and refuses others that are not zero.
func (e *Extension) TestRunContext(program string, packet, ctx []byte) (TestResult, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	p, err := e.program(program, abi.ProgramInvalid)
	if err != nil {
		return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
	}
	// Programs may make packets longer.
	opts := ebpf.RunOptions{Data: packet, DataOut: make([]byte, maxPacket)}
	if ctx != nil {
		out := make([]byte, len(ctx))
		opts.Context, opts.ContextOut = ctx, out
	}
	verdict, err := p.Run(&opts)
	if err != nil {
		return TestResult{}, fmt.Errorf("test-run %s: %w", program, err)
	}
	res := TestResult{Verdict: verdict, Packet: opts.DataOut}
	if ctx != nil {
		res.Context = opts.ContextOut.([]byte)
	}
	return res, nil
}

// Benchmark runs a program repeat times on a packet and returns the last
// verdict and the mean time of a run, as the kernel measures it.
func (e *Extension) Benchmark(program string, packet []byte, repeat int) (verdict uint32, perRun time.Duration, err error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	p, err := e.program(program, abi.ProgramInvalid)
	if err != nil {
		return 0, 0, fmt.Errorf("benchmark %s: %w", program, err)
	}
	verdict, perRun, err = p.Benchmark(packet, repeat, nil)
	if err != nil {
		return 0, 0, fmt.Errorf("benchmark %s: %w", program, err)
	}
	return verdict, perRun, nil
}
