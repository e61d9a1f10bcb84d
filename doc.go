// SPDX-License-Identifier: Apache-2.0

// Package rex is what an extension imports: maps, typed views over bytes,
// logging and time. The sub-packages xdp, tc, kprobe, tracepoint and perfevent
// hold the contexts and verdicts of the hooks, package packet the protocol
// headers.
//
// An extension is an ordinary Go package. A program is a function with a
// directive, and a map is a package-level variable:
//
//	var hits = rex.NewPerCPUArray[uint64](1)
//
//	//rex:xdp
//	func Count(ctx *xdp.Context) xdp.Action {
//		if n := hits.Lookup(0); n != nil {
//			*n++
//		}
//		return xdp.Pass
//	}
//
// # Two implementations
//
// With the build tag "rex" the package is compiled into kernel extensions.
// Without it (go build, go test, gopls) every type and function has a host
// implementation that behaves the same, so an extension is tested with go test
// on a machine that has nothing but Go; package rextest builds packets and
// contexts and runs programs. The exported API of both builds is identical.
//
// # Types in maps and views
//
// Keys and values of maps, and types viewed over bytes, hold no references: no
// pointer, slice, string, Go map, func, channel or interface, at any depth. The
// compiler rejects others at build time, the host implementation panics. Their
// layout is Go's layout on linux/amd64, the same in kernel and user space.
package rex
