// SPDX-License-Identifier: Apache-2.0

// Package anomaly watches what system calls each process makes and judges every
// stretch of them with a decision tree, which user space has learnt from
// examples.
package anomaly

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tracepoint"
)

// Window is how many system calls are judged together.
const Window = 64

// Features describe a window. Each is a number of calls of the Window, except for
// Distinct, the number of different calls.
type Features [NumFeatures]uint32

// The features.
const (
	Failed   = iota // calls with an error
	Distinct        // different calls
	Files           // openat, newfstatat and others that take a path
	Network         // socket, connect, sendto and others
	Process         // clone, execve, ptrace, kill and others
	Memory          // mmap, mprotect and others
	Transfer        // read, write and others
	NumFeatures
)

// Node is a node of the decision tree.
type Node struct {
	Feature   uint32
	Threshold uint32
	// Left is the node to go on with if the feature is at most Threshold, Right
	// otherwise. They come after this node; 0 makes it a leaf.
	Left, Right uint32
	Anomalous   uint32 // of a leaf: the verdict
}

// MaxNodes is how large a tree can be. Its root is node 0.
const MaxNodes = 256

// state is the window of a process so far.
type state struct {
	calls    uint32
	features Features
	seen     [8]uint64 // a bit for each call
	_        uint32
}

// Report is a window that was judged.
type Report struct {
	PID       uint32
	Anomalous uint32
	Features  Features
	_         uint32
	Comm      [16]byte
}

// Config says what is reported.
type Config struct {
	Self uint32 // the process that is not watched: the one that reads the reports
	All  uint32 // not 0: report every window, to learn from
}

var (
	config  = rex.NewArray[Config](1)
	tree    = rex.NewArray[Node](MaxNodes)
	windows = rex.NewLRUHash[uint32, state](4096)
	reports = rex.NewRingBuf(1 << 18)
	// stats has the windows judged, and those that were anomalous.
	stats = rex.NewPerCPUArray[uint64](2)
)

// SysExit is the record of raw_syscalls/sys_exit.
type SysExit struct {
	ID  int64
	Ret int64
}

// OnExit runs when a system call returns.
//
//rex:tracepoint raw_syscalls/sys_exit
func OnExit(ctx *tracepoint.Context[SysExit]) tracepoint.Action {
	r, cfg := ctx.Record(), config.Lookup(0)
	pid := rex.TGID()
	if pid == cfg.Self {
		return tracepoint.Keep
	}
	s, _, err := windows.LoadOrStore(pid, state{})
	if err != nil {
		return tracepoint.Keep
	}
	s.add(r.ID, r.Ret)
	// Threads of the process may get here at once: each window that is full
	// is judged, and what they count together may be a little off.
	if s.calls < Window {
		return tracepoint.Keep
	}
	f := s.features
	*s = state{}
	*stats.Lookup(0)++
	verdict := Classify(func(i uint32) *Node { return tree.Lookup(i) }, &f)
	if verdict {
		*stats.Lookup(1)++
	}
	if verdict || cfg.All != 0 {
		report(pid, verdict, f)
	}
	return tracepoint.Keep
}

// add counts a call. Its number may be -1: that of a call that a signal handler
// returned with.
func (s *state) add(call, ret int64) {
	s.calls++
	if -4095 <= ret && ret < 0 {
		s.features[Failed]++
	}
	if word, bit := uint64(call)/64%uint64(len(s.seen)), uint64(1)<<(uint64(call)%64); s.seen[word]&bit == 0 {
		s.seen[word] |= bit
		s.features[Distinct]++
	}
	if k := kind(call); k < NumFeatures {
		s.features[k]++
	}
}

// kind is the feature that counts a system call, NumFeatures for none.
func kind(call int64) int {
	switch call {
	case 0, 1, 17, 18, 19, 20, 40, 295, 296: // read, write, pread64, ..., sendfile
		return Transfer
	case 2, 4, 6, 21, 76, 82, 83, 84, 85, 86, 87, 88, 89, 90, 92, 257, 258, 262, 263, 264, 267, 269, 316, 332, 437, 439:
		return Files
	case 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 288, 299, 307:
		return Network
	case 56, 57, 58, 59, 61, 62, 101, 200, 234, 310, 311, 322, 424, 434, 435:
		return Process
	case 9, 10, 11, 12, 25, 28:
		return Memory
	}
	return NumFeatures
}

// Classify goes down a tree.
func Classify(node func(i uint32) *Node, f *Features) bool {
	for i := uint32(0); ; {
		n := node(i)
		if n == nil {
			return false // no such node: the tree is not complete
		}
		next := n.Right
		if f[n.Feature%NumFeatures] <= n.Threshold {
			next = n.Left
		}
		if next <= i { // a leaf
			return n.Anomalous != 0
		}
		i = next
	}
}

func report(pid uint32, verdict bool, f Features) {
	r := rex.Reserve[Report](reports)
	if r == nil {
		return
	}
	r.Value.PID, r.Value.Features, r.Value.Comm = pid, f, rex.Comm()
	if verdict {
		r.Value.Anomalous = 1
	}
	r.Submit()
}
