// SPDX-License-Identifier: Apache-2.0

// Package bmc is a cache for memcached in the kernel, after BMC (Ghigoff et al.,
// NSDI 2021). GET requests over UDP whose keys are all cached are answered
// before the network stack sees them; everything else is memcached's. The cache
// fills itself from memcached's replies.
package bmc

import (
	"bytes"
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// Limits of what is cached. Other items are left to memcached.
const (
	Port       = 11211
	MaxKey     = 250 // memcached's own limit
	MaxValue   = 1000
	NumEntries = 1 << 12
	maxReply   = 1400 // memcached's own limit for a datagram
	headersLen = 14 + 20 + 8 + 8
	patience   = 1_000_000_000 // nanoseconds; see write
	forever    = 1<<64 - 1
	none       = -len("\r\n\r\n") // no number: with the ends of its lines, a value of nothing
)

// Request is a request whose reply may fill an entry. Without an ID it is a TCP
// connection.
type Request struct {
	Client, Server packet.IPv4Addr
	Port, ID       packet.BE16
}

// Entry caches the item that was last read of those whose hashes fall on it.
type Entry struct {
	Lock    rex.SpinLock
	Len     uint16 // of Record, 0 when there is none
	Pending uint32 // commands that memcached has not answered; see write
	Epoch   uint64 // of Record and Ticket
	Until   uint64 // when Pending counts as answered
	Ticket  Request
	Record  [len("VALUE  4294967295 1000\r\n\r\n") + MaxKey + MaxValue]byte // "VALUE key flags len\r\nvalue\r\n"
}

// Stats counts, on one CPU. Requests that are neither hit nor miss were not
// understood, or their answer was too long. Writes are commands that change an
// item, Tracked those whose reply is awaited.
type Stats struct {
	Gets, Hits, Misses, Writes, Tracked, Fills, Flushes uint64
}

// headers are those of a datagram: the last one is of memcached's UDP protocol.
// TCP has its ports where UDP has them.
type headers struct {
	Ethernet packet.Ethernet
	IP       packet.IPv4
	UDP      packet.UDP
	Frame    struct{ ID, Seq, Total, Reserved packet.BE16 }
}

var (
	conns   = rex.NewArray[conn](NumEntries)
	cache   = rex.NewArray[Entry](NumEntries)
	stats   = rex.NewPerCPUArray[Stats](1)
	scratch = rex.NewPerCPUArray[[headersLen + maxReply]byte](1) // a reply in the making, or one in one piece
	epoch   atomic.Uint64                                        // how often all entries became invalid
	quiet   atomic.Uint64                                        // until when no reply may fill an entry
)

// Ingress answers what it can, and notes what changes items.
//
//rex:xdp
func Ingress(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	h, ok := rex.View[headers](data)
	if !ok || h.Ethernet.EtherType() != packet.EtherTypeIPv4 || h.IP.FragmentOffset() != 0 ||
		h.IP.Protocol != packet.ProtoUDP && h.IP.Protocol != packet.ProtoTCP {
		return xdp.Pass
	}
	if h.IP.VersionIHL != 0x45 {
		flush() // behind options, which nobody sends, could be anything
		return xdp.Pass
	}
	end := 14 + int(h.IP.TotalLen.Get()) // padding follows
	if h.UDP.DstPort.Get() != Port || end < headersLen || end > len(data) {
		return xdp.Pass
	}
	from, body := Request{h.IP.Src, h.IP.Dst, h.UDP.SrcPort, packet.BE16{}}, data[headersLen:end]
	if h.IP.Protocol == packet.ProtoTCP {
		if tcp, payload, ok := packet.ParseTCP(data[34:end]); ok && len(payload) > 0 {
			write(&from, tcp, payload)
		}
		return xdp.Pass
	}
	if len(body) < 4 || string(body[:4]) != "get " {
		write(&from, nil, body)
		return xdp.Pass
	}
	if h.IP.MoreFragments() || int(h.UDP.Length.Get()) != end-34 || h.Frame.Total.Get() > 1 {
		return xdp.Pass
	}
	from.ID = h.Frame.ID
	return get(ctx, from, body)
}

// get answers a request if all keys are cached. Else memcached answers, and fills
// the entries. The last record is copied into the packet at once, those before it
// have to wait.
func get(ctx *xdp.Context, ticket Request, body []byte) xdp.Action {
	s, n, miss := stats.Lookup(0), 0, false
	s.Gets++
	key, hash, rest := word(body[4:])
	for ; len(key) > 0 && len(key) <= MaxKey; key, hash, rest = word(rest) {
		e := cache.Lookup(uint32(hash % NumEntries))
		e.Lock.Lock()
		record := find(e, key, ticket)
		if string(rest) == "\r\n" && !miss && len(record) > 0 {
			verdict := answer(ctx, s, n, record)
			e.Lock.Unlock()
			return verdict
		}
		miss = miss || len(record) == 0
		n += copy(scratch.Lookup(0)[n:], record)
		e.Lock.Unlock()
	}
	if string(rest) != "\r\n" {
		write(&ticket, nil, body) // more than one command, or none
	} else if miss {
		s.Misses++
	}
	return xdp.Pass
}

// find returns a key's record in its entry, which is locked. When there is none,
// memcached's reply to the request may fill the entry, unless a SET is on its
// way: then nobody knows whether the reply comes before or after it.
func find(e *Entry, key []byte, ticket Request) []byte {
	now := epoch.Load()
	if e.Epoch == now && e.Len > 0 && bytes.Equal(e.Record[6:6+len(key)], key) && e.Record[6+len(key)] == ' ' {
		return e.Record[:e.Len]
	}
	e.Epoch, e.Len, e.Ticket = now, 0, Request{}
	if t := rex.MonotonicNanos(); (e.Pending == 0 || t >= e.Until) && t >= quiet.Load() {
		e.Pending, e.Ticket = 0, ticket
	}
	return nil
}

// answer makes a request's packet that of the reply with the first bytes of scratch
// and another record.
func answer(ctx *xdp.Context, s *Stats, first int, record []byte) xdp.Action {
	n := first + len(record) + len("END\r\n")
	if n > maxReply-8 || ctx.AdjustTail(headersLen+n-len(ctx.Data())) != nil {
		return xdp.Pass
	}
	data := ctx.Data()
	if first > 0 {
		copy(data[headersLen:], scratch.Lookup(0)[:first])
	}
	copy(data[headersLen+first:], record)
	copy(data[headersLen+n-len("END\r\n"):], "END\r\n")
	h, _ := rex.View[headers](data)
	h.Ethernet.Src, h.Ethernet.Dst = h.Ethernet.Dst, h.Ethernet.Src
	h.IP.Src, h.IP.Dst = h.IP.Dst, h.IP.Src
	h.UDP.SrcPort, h.UDP.DstPort = h.UDP.DstPort, h.UDP.SrcPort
	h.Frame.Seq, h.Frame.Total, h.Frame.Reserved = packet.BE16{}, packet.BE16{0, 1}, packet.BE16{}
	h.UDP.Checksum.Set(0) // none, as RFC 768 allows
	h.UDP.Length.Set(uint16(16 + n))
	h.IP.SetTotalLen(uint16(36 + n))
	s.Hits++
	return xdp.TX
}

// Egress fills the cache from memcached's replies.
//
//rex:tc
func Egress(ctx *tc.Context) tc.Action {
	data := ctx.Data() // with all headers, on the way out
	h, ok := rex.View[headers](data)
	if !ok || ctx.Protocol() != uint16(packet.EtherTypeIPv4) ||
		h.IP.VersionIHL != 0x45 || h.IP.FlagsFrag.Get()&0x3fff != 0 || h.UDP.SrcPort.Get() != Port {
		return tc.Unspec
	}
	if n := int(ctx.Len()); n > len(data) { // the rest is elsewhere
		data = scratch.Lookup(0)[:min(n, headersLen+maxReply)]
		if ctx.LoadBytes(data, 0) != nil {
			return tc.Unspec
		}
	}
	to := Request{h.IP.Dst, h.IP.Src, h.UDP.DstPort, packet.BE16{}}
	if h.IP.Protocol == packet.ProtoUDP && h.Frame.Total.Get() == 1 && int(h.UDP.Length.Get()) == len(data)-34 {
		to.ID = h.Frame.ID
		fill(to, data[headersLen:])
	} else if _, payload, ok := packet.ParseTCP(data[34:]); ok && h.IP.Protocol == packet.ProtoTCP {
		written(&to, payload)
	}
	return tc.Unspec
}

// fill puts the records of a reply into the cache.
func fill(ticket Request, b []byte) {
	for len(b) > 6 && string(b[:6]) == "VALUE " {
		key, hash, rest := word(b[6:])
		_, rest = number(rest) // flags
		n, rest := number(rest)
		end := len(b) - len(rest) + 2 + n + 2
		if uint(n) > MaxValue || len(key) > MaxKey || end > len(b) || rest[0] != '\r' {
			return
		}
		e := cache.Lookup(uint32(hash % NumEntries))
		e.Lock.Lock()
		if e.Ticket == ticket && e.Epoch == epoch.Load() && end <= len(e.Record) {
			e.Ticket, e.Len = Request{}, uint16(copy(e.Record[:], b[:end]))
			stats.Lookup(0).Fills++
		}
		e.Lock.Unlock()
		b = b[end:]
	}
}
