// SPDX-License-Identifier: Apache-2.0

// Package rextest tests extensions with go test: it builds packets and
// contexts, runs programs on the SDK's host implementation, and reads maps, on
// a simulated machine with NumCPU CPUs and a clock that the test may set.
//
//	pkt := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53})
//	action, _ := rextest.RunXDP(t, Filter, pkt)
//
// No kernel, LLVM or privilege is needed; the race detector, coverage, fuzzing
// and debuggers work as in any Go test. Programs run one at a time, and a panic
// in a program is an ordinary Go panic. An endless loop is one, too: what needs
// the watchdog is tested in the kernel.
package rextest
