// SPDX-License-Identifier: Apache-2.0

// Package xdp is for programs that see packets as the network driver received
// them, before the kernel's network stack does:
//
//	//rex:xdp
//	func Filter(ctx *xdp.Context) xdp.Action
//
// The context is softirq; a program neither sleeps nor waits.
package xdp

// Action is an XDP program's verdict (enum xdp_action in
// include/uapi/linux/bpf.h).
type Action uint32

const (
	// Aborted drops the packet and fires the tracepoint xdp:xdp_exception.
	Aborted Action = 0
	// Drop drops the packet.
	Drop Action = 1
	// Pass hands the packet to the network stack. It is the default verdict.
	Pass Action = 2
	// TX sends the packet back out of the interface it came from.
	TX Action = 3
	// Redirect sends the packet where an earlier redirect call said.
	Redirect Action = 4
)

// String returns the constant's name.
func (a Action) String() string {
	switch a {
	case Aborted:
		return "Aborted"
	case Drop:
		return "Drop"
	case Pass:
		return "Pass"
	case TX:
		return "TX"
	case Redirect:
		return "Redirect"
	}
	return "Action(invalid)"
}
