// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
)

// Offsets in struct xdp_md.
const (
	xdpData    = 0
	xdpDataEnd = 4
	xdpSize    = 24
)

func xdpInKernel(t testing.TB, prog any, f Frame) (verdict uint32, out []byte) {
	t.Helper()
	le := binary.LittleEndian
	// The metadata come first.
	data := append(append([]byte(nil), f.Meta...), f.Data...)
	ctx := make([]byte, xdpSize)
	le.PutUint32(ctx[xdpData:], uint32(len(f.Meta)))
	le.PutUint32(ctx[xdpDataEnd:], uint32(len(data)))
	res := inKernelRun(t, prog, f.CPU, func(name string) (loader.TestResult, error) {
		return kernelExt.TestRunContext(name, data, ctx)
	})
	return res.Verdict, res.Packet[min(int(le.Uint32(res.Context[xdpData:])), len(res.Packet)):]
}

// Offsets in struct __sk_buff.
const (
	skbMark     = 8
	skbPriority = 32
	skbIngress  = 36
	skbIfindex  = 40
	skbCB       = 48
	skbTstamp   = 152
	skbWireLen  = 160
	skbGSOSegs  = 164
	skbGSOSize  = 176
	skbHWTstamp = 184
	skbSize     = 192
)

// tcInKernel is RunTC in the kernel. The program sees the packet as one that came
// from the loopback interface's other end.
func tcInKernel(t testing.TB, prog TCProgram, p SKB) (tc.Action, SKB) {
	t.Helper()
	only := p
	only.Data, only.Mark, only.Priority, only.IngressIfindex, only.Ifindex = nil, 0, 0, 0, 0
	only.CB, only.Tstamp, only.WireLen, only.GSOSegs, only.GSOSize, only.HWTstamp = [5]uint32{}, 0, 0, 0, 0, 0
	if s := p.simulated(); p.Protocol == s.Protocol {
		only.Protocol = 0
	}
	if name := firstField(only); name != "" {
		simulated(t, "SKB."+name)
	}
	if p.Ifindex > 1 {
		simulated(t, "SKB.Ifindex other than 1")
	}
	le := binary.LittleEndian
	ctx := make([]byte, skbSize)
	le.PutUint32(ctx[skbMark:], p.Mark)
	le.PutUint32(ctx[skbPriority:], p.Priority)
	le.PutUint32(ctx[skbIngress:], p.IngressIfindex)
	le.PutUint32(ctx[skbIfindex:], p.Ifindex)
	for i, v := range p.CB {
		le.PutUint32(ctx[skbCB+4*i:], v)
	}
	le.PutUint64(ctx[skbTstamp:], p.Tstamp)
	le.PutUint32(ctx[skbWireLen:], p.WireLen)
	le.PutUint32(ctx[skbGSOSegs:], uint32(p.GSOSegs))
	le.PutUint32(ctx[skbGSOSize:], uint32(p.GSOSize))
	le.PutUint64(ctx[skbHWTstamp:], p.HWTstamp)
	res := inKernelRun(t, prog, 0, func(name string) (loader.TestResult, error) {
		return kernelExt.TestRunContext(name, p.Data, ctx)
	})
	p.Data = res.Packet
	p.Mark, p.Priority, p.Tstamp = le.Uint32(res.Context[skbMark:]), le.Uint32(res.Context[skbPriority:]), le.Uint64(res.Context[skbTstamp:])
	for i := range p.CB {
		p.CB[i] = le.Uint32(res.Context[skbCB+4*i:])
	}
	return tc.Action(res.Verdict), p
}

func kprobeInKernel(t testing.TB, prog any, regs rex.Registers) uint32 {
	t.Helper()
	return inKernelRun(t, prog, 0, func(name string) (loader.TestResult, error) {
		return kernelExt.TestProbe(name, ptRegs(regs))
	}).Verdict
}

// syscallInKernel returns the registers as the program left them.
func syscallInKernel(t testing.TB, prog any, regs rex.Registers, user []byte) (ip, result uint64) {
	t.Helper()
	res := inKernelRun(t, prog, 0, func(name string) (loader.TestResult, error) {
		entry, err := kernelExt.Entry(name)
		if err != nil {
			return loader.TestResult{}, err
		}
		// Where a probe at the function's start finds it.
		regs.RIP = entry + 1
		return kernelExt.TestSyscall(name, ptRegs(regs), user)
	})
	const rax, rip = 10 * 8, 16 * 8
	if now := binary.LittleEndian.Uint64(res.Context[rip:]); now != regs.RIP {
		return now, binary.LittleEndian.Uint64(res.Context[rax:])
	}
	return 0, 0
}

func tracepointInKernel(t testing.TB, prog any, record []byte, dynamic map[tracepoint.DataLoc][]byte) uint32 {
	t.Helper()
	const common = 8
	ctx := append(make([]byte, common), record...)
	for loc, b := range dynamic {
		at := int(loc & 0xffff)
		if at < len(record)+common || loc.Len() != len(b) {
			t.Fatalf("dynamic field %#x: %d bytes at %d, in a record of %d", uint32(loc), len(b), at, len(record)+common)
		}
		for len(ctx) < at+len(b) {
			ctx = append(ctx, 0)
		}
		copy(ctx[at:], b)
	}
	return inKernelRun(t, prog, 0, func(name string) (loader.TestResult, error) {
		return kernelExt.TestProbe(name, ctx)
	}).Verdict
}

func perfEventInKernel(t testing.TB, prog any, s Sample) uint32 {
	t.Helper()
	if s.Counter.Value != 0 || s.Counter.Enabled != 0 || s.Counter.Running != 0 || s.CounterErr != nil {
		simulated(t, "Sample.Counter")
	}
	return inKernelRun(t, prog, 0, func(name string) (loader.TestResult, error) {
		return kernelExt.TestPerfEvent(name, ptRegs(s.Registers), s.Period, s.Address)
	}).Verdict
}
