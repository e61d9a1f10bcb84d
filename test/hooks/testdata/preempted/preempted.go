// SPDX-License-Identifier: Apache-2.0

// Package preempted calls what takes locks of the kernel's memory allocator, of
// queues and of tries, in the path of packets and inside it.
package preempted

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/tc"
)

// Seen is what a program saw.
type Seen struct {
	Runs, Errors, LastErr uint64
}

var (
	// seen has an entry for Move and one for Inside.
	seen  = rex.NewArray[Seen](2)
	trie  = rex.NewLPMTrie[[4]byte, uint64](64)
	route = rex.Prefix[[4]byte]{Bits: 24, Addr: [4]byte{10, 1, 2}}
)

const (
	port    = 7401
	payload = 14 + 20 + 8
)

func (s *Seen) note(err error) {
	if err == nil {
		return
	}
	s.Errors++
	if e, ok := err.(rex.Errno); ok {
		s.LastErr = uint64(e)
	}
}

// Move has the packet's memory copied, freed and replaced, sends a copy, and drops
// it.
//
//rex:tc
func Move(ctx *tc.Context) tc.Action {
	b := ctx.Data()
	if len(b) < payload || b[12] != 8 || b[13] != 0 || b[23] != 17 || binary.BigEndian.Uint16(b[36:]) != port {
		return tc.Unspec
	}
	s := seen.Lookup(0)
	s.Runs++
	n := int(ctx.Len())
	for range 4 {
		// The slice keeps what it is of.
		b = ctx.Data()
		s.note(ctx.ChangeTail(n + 64))
		s.note(ctx.ChangeTail(n))
		s.note(trie.Update(route, uint64(len(b))))
		s.note(trie.Delete(route))
	}
	s.note(ctx.CloneRedirect(ctx.Ifindex(), 0))
	return tc.Shot
}

// Inside runs in the middle of what Move calls.
//
//rex:kprobe skb_clone
func Inside(ctx *kprobe.Context) kprobe.Action {
	s := seen.Lookup(1)
	s.Runs++
	s.note(trie.Update(rex.Prefix[[4]byte]{Bits: 32}, 1))
	return kprobe.Continue
}
