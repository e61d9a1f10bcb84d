// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"fmt"
	"testing"

	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/xdp"
)

// MaxPacket is the largest packet that an XDP program sees, in bytes.
const MaxPacket = 1 << 16

// XDPProgram is an XDP program.
type XDPProgram = func(*xdp.Context) xdp.Action

// Frame is a received packet.
type Frame struct {
	// Data is the packet from the Ethernet header on, at most MaxPacket bytes.
	Data []byte
	// Meta is the metadata in front of it, at most 252 bytes.
	Meta []byte
	// IngressIfindex is the interface, RxQueueIndex the receive queue, CPU the
	// CPU (below NumCPU) that it came in on.
	IngressIfindex uint32
	RxQueueIndex   uint32
	CPU            uint32
}

// Run runs a program on a copy of the frame. It returns the verdict and the
// packet as the program left it.
func (f Frame) Run(t testing.TB, prog XDPProgram) (xdp.Action, []byte) {
	t.Helper()
	if len(f.Data) > MaxPacket {
		t.Fatalf("run XDP program: packet of %d bytes (at most %d)", len(f.Data), MaxPacket)
	}
	if f.CPU >= NumCPU {
		t.Fatalf("run XDP program: cpu %d of %d", f.CPU, NumCPU)
	}
	if inKernel() {
		verdict, out := xdpInKernel(t, prog, f)
		return xdp.Action(verdict), out
	}
	ctx := sim.NewXDP(sim.XDP{
		Data:           append([]byte(nil), f.Data...),
		Meta:           f.Meta,
		IngressIfindex: f.IngressIfindex,
		RxQueueIndex:   f.RxQueueIndex,
	}).(*xdp.Context)
	var action xdp.Action
	sim.Run(f.CPU, func() { action = prog(ctx) })
	return action, ctx.Data()
}

// RunXDP runs a program on a copy of a packet that came in on CPU 0, interface
// 1, queue 0. It returns the verdict and the packet as the program left it.
func RunXDP(t testing.TB, prog XDPProgram, pkt []byte) (xdp.Action, []byte) {
	t.Helper()
	return Frame{Data: pkt, IngressIfindex: 1}.Run(t, prog)
}

// PanicXDP runs a program that is expected to panic on a packet and returns the
// panic's message. The test fails when the program does not panic.
func PanicXDP(t testing.TB, prog XDPProgram, pkt []byte) (msg string) {
	t.Helper()
	defer func() {
		if v := recover(); v != nil {
			msg = fmt.Sprint(v)
		}
	}()
	action, _ := RunXDP(t, prog, pkt)
	t.Fatalf("program returned %v (expected a panic)", action)
	return ""
}
