// SPDX-License-Identifier: Apache-2.0

// Package deleted keeps pointers to map entries across their deletion.
package deleted

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

type flow struct{ src, dst uint32 }

type state struct {
	seen  uint64
	bytes [4]uint64
}

func (s *state) sum() uint64 { return s.bytes[0] + s.bytes[1] }

var (
	flows = rex.NewHash[flow, state](16)
	old   = rex.NewHash[flow, state](16)
	lru   = rex.NewLRUHash[uint32, uint64](16)
	trie  = rex.NewLPMTrie[[4]byte, uint64](16)
)

//rex:xdp
func Fields(ctx *xdp.Context) xdp.Action {
	k := flow{src: uint32(len(ctx.Data())), dst: 2}
	s := flows.Lookup(k)
	if s == nil {
		return xdp.Pass
	}
	flows.Delete(k)
	if s == nil {
		return xdp.Drop
	}
	s.bytes[1]++ // want REX0406 `pointer to a map entry that Delete has removed \(line 36\)`
	return xdp.Action(s.seen)
}

//rex:xdp
func Calls(ctx *xdp.Context) xdp.Action {
	if n := lru.Lookup(1); n != nil {
		lru.Delete(1)
		atomic.AddUint64(n, 1) // want REX0406 `line 47`
	}
	k := flow{}
	if s, _, err := old.LoadOrStore(k, state{}); err == nil {
		if s.sum() > 10 {
			old.Delete(k)
		}
		return xdp.Action(s.sum()) // want REX0406 `line 53`
	}
	return xdp.Pass
}

//rex:xdp
func Loops(ctx *xdp.Context) xdp.Action {
	for i := range uint32(4) {
		n := lru.Lookup(i)
		if n == nil {
			continue
		}
		for *n > 4 { // want REX0406 `line 68`
			lru.Delete(i)
		}
	}
	return xdp.Pass
}

// Prefixes are not compared with addresses.
//
//rex:xdp
func Prefixes(ctx *xdp.Context) xdp.Action {
	p := rex.Prefix[[4]byte]{Bits: 8, Addr: [4]byte{10}}
	if n := trie.Lookup(p.Addr); n != nil {
		_ = trie.Delete(p)
		*n = 1
	}
	return xdp.Pass
}

// Fine has what is no mistake, or may be none.
//
//rex:xdp
func Fine(ctx *xdp.Context) xdp.Action {
	size := uint32(len(ctx.Data()))
	k := flow{src: size}
	s := flows.Lookup(k)
	if s == nil {
		return xdp.Pass
	}
	if other := old.Lookup(k); other != nil {
		old.Delete(k) // of another map
		s.seen++
	}
	lru.Lookup(1)
	flows.Delete(flow{dst: size}) // another key, perhaps
	s.seen++
	if s.seen > 100 {
		flows.Delete(k)
		return xdp.Drop // used on the other way only
	}
	s.seen++
	for i := range size {
		if n := lru.Lookup(i); n != nil {
			*n++
			lru.Delete(i) // the next look-up comes before the next use
		}
	}
	k.dst = 1
	flows.Delete(k) // the variable is another key now
	s.seen++
	v := *s
	flows.Delete(flow{src: size})
	return xdp.Action(v.seen)
}
