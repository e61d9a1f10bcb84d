// SPDX-License-Identifier: Apache-2.0

// Package loader loads compiled extensions into the running kernel, attaches
// them, and reads and writes their maps, from a host program:
//
//	obj, err := loader.Open("xdpcount.rexo")
//	ext, err := loader.Load(obj, loader.Options{})
//	defer ext.Close()
//	_, err = ext.AttachXDP("Filter", iface.Index, 0)
//	for ev, err := range ext.Events(ctx) { … }
//
// Loading needs root, rex.ko, and a kernel with BTF. Nothing of it runs a
// compiler: an object is linked for the running kernel in this process.
//
// Maps, links and programs are those of github.com/cilium/ebpf.
package loader
