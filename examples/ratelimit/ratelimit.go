// SPDX-License-Identifier: Apache-2.0

// Package ratelimit lets each network send only so many packets a second: a
// token bucket for every source prefix, of which the least recently used are
// forgotten.
package ratelimit

import (
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Prefix is the network of a source: a /24 of IPv4, mapped as in RFC 4291
// §2.5.5.2, or a /64 of IPv6.
type Prefix [16]byte

// Limit is what each prefix may send.
type Limit struct {
	Interval uint64 // nanoseconds a packet, on average
	Burst    uint64 // packets at once
}

// Bucket is what a prefix has sent. Instead of tokens, which had to be filled
// in, it has the time when the bucket will be full again: each packet moves that
// by one interval, and it may be at most a burst away (ITU-T I.371, GCRA).
type Bucket struct {
	FullAt          uint64
	Passed, Dropped uint64
}

var (
	limit   = rex.NewArray[Limit](1)
	buckets = rex.NewLRUHash[Prefix, Bucket](10_000)
)

// Filter is the program.
//
//rex:xdp
func Filter(ctx *xdp.Context) xdp.Action {
	p, ok := source(ctx.Data())
	l := limit.Lookup(0)
	if !ok || l.Interval == 0 {
		return xdp.Pass
	}
	b, _, err := buckets.LoadOrStore(p, Bucket{})
	if err != nil {
		return xdp.Pass // no room: better one too many
	}
	if !b.take(rex.MonotonicNanos(), l) {
		atomic.AddUint64(&b.Dropped, 1)
		return xdp.Drop
	}
	atomic.AddUint64(&b.Passed, 1)
	return xdp.Pass
}

// take takes a token, if there is one. Packets of a prefix come in on several
// CPUs at a time.
func (b *Bucket) take(now uint64, l *Limit) bool {
	for {
		full := atomic.LoadUint64(&b.FullAt)
		next := max(full, now) + l.Interval
		if next > now+l.Burst*l.Interval {
			return false
		}
		if atomic.CompareAndSwapUint64(&b.FullAt, full, next) {
			return true
		}
	}
}

// source returns the prefix that a packet comes from.
func source(b []byte) (p Prefix, ok bool) {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok {
		return p, false
	}
	typ, b, ok := packet.SkipVLAN(eth.EtherType(), b)
	if !ok {
		return p, false
	}
	switch typ {
	case packet.EtherTypeIPv4:
		ip, _, ok := packet.ParseIPv4(b)
		if ok {
			p[10], p[11] = 0xff, 0xff
			copy(p[12:15], ip.Src[:])
		}
		return p, ok
	case packet.EtherTypeIPv6:
		ip, _, ok := packet.ParseIPv6(b)
		if ok {
			copy(p[:8], ip.Src[:])
		}
		return p, ok
	}
	return p, false
}
