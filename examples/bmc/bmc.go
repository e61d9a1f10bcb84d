// SPDX-License-Identifier: Apache-2.0

// Package bmc is a cache for memcached in the kernel, after BMC (Ghigoff et al.,
// NSDI 2021). GET requests over UDP whose keys are all cached are answered
// before the network stack sees them; everything else is memcached's. The cache
// fills itself from memcached's replies.
package bmc

import (
	"bytes"
	"strconv"
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
	scratch = rex.NewPerCPUArray[[headersLen + maxReply]byte](1)
	epoch   atomic.Uint64 // how often all entries became invalid
	quiet   atomic.Uint64 // until when no reply may fill an entry
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
		if _, payload, ok := packet.ParseTCP(data[34:end]); ok {
			write(&from, payload)
		}
		return xdp.Pass
	}
	if len(body) < 4 || string(body[:4]) != "get " {
		write(nil, body)
		return xdp.Pass
	}
	if h.IP.MoreFragments() || int(h.UDP.Length.Get()) != end-34 || h.Frame.Total.Get() > 1 {
		return xdp.Pass
	}
	from.ID = h.Frame.ID
	n := get(from, body)
	if n == 0 || ctx.AdjustTail(headersLen+n-len(data)) != nil {
		return xdp.Pass
	}
	h, _ = rex.View[headers](ctx.Data())
	copy(ctx.Data()[headersLen:], scratch.Lookup(0)[headersLen:][:n])
	h.Ethernet.Src, h.Ethernet.Dst = h.Ethernet.Dst, h.Ethernet.Src
	h.IP.Src, h.IP.Dst = h.IP.Dst, h.IP.Src
	h.UDP.SrcPort, h.UDP.DstPort = h.UDP.DstPort, h.UDP.SrcPort
	h.Frame.Seq, h.Frame.Total, h.Frame.Reserved = packet.BE16{}, packet.BE16{0, 1}, packet.BE16{}
	h.UDP.Checksum.Set(0) // none, as RFC 768 allows
	h.UDP.Length.Set(uint16(16 + n))
	sum := uint32(^h.IP.Checksum.Get()) + uint32(^h.IP.TotalLen.Get()) + uint32(36+n) // RFC 1624
	sum = sum&0xffff + sum>>16
	h.IP.Checksum.Set(^uint16(sum + sum>>16))
	h.IP.TotalLen.Set(uint16(36 + n))
	stats.Lookup(0).Hits++
	return xdp.TX
}

// get writes the answer to a request to scratch and returns its length, if all
// keys are cached. Else it returns 0: memcached answers, and fills the entries.
func get(ticket Request, body []byte) (n int) {
	stats.Lookup(0).Gets++
	miss, reply := false, scratch.Lookup(0)[headersLen:]
	key, hash, rest := word(body[4:])
	for ; len(key) > 0 && len(key) <= MaxKey; key, hash, rest = word(rest) {
		record := find(key, hash, reply[n:], ticket)
		miss = miss || record == 0
		n += record
	}
	if string(rest) != "\r\n" {
		write(nil, body) // more than one command, or none
		return 0
	}
	if miss {
		stats.Lookup(0).Misses++
	} else if n > 0 && n+len("END\r\n") <= maxReply-8 {
		return n + copy(reply[n:], "END\r\n")
	}
	return 0
}

// find copies a key's record to dst as far as it has room. When there is none,
// memcached's reply to the request may fill the entry, unless a SET is on its
// way: then nobody knows whether the reply comes before or after it.
func find(key []byte, hash uint64, dst []byte, ticket Request) int {
	e := cache.Lookup(uint32(hash % NumEntries))
	e.Lock.Lock()
	defer e.Lock.Unlock()
	now := epoch.Load()
	if e.Epoch == now && e.Len > 0 && bytes.Equal(e.Record[6:6+len(key)], key) && e.Record[6+len(key)] == ' ' {
		return copy(dst, e.Record[:e.Len])
	}
	e.Epoch, e.Len, e.Ticket = now, 0, Request{}
	if t := rex.MonotonicNanos(); (e.Pending == 0 || t >= e.Until) && t >= quiet.Load() {
		e.Pending, e.Ticket = 0, ticket
	}
	return 0
}

// Egress fills the cache from memcached's replies.
//
//rex:tc
func Egress(ctx *tc.Context) tc.Action {
	buf := scratch.Lookup(0)[:min(int(ctx.Len()), headersLen+maxReply)]
	if ctx.Protocol() != uint16(packet.EtherTypeIPv4) || len(buf) < 54 || ctx.LoadBytes(buf[:54], 0) != nil {
		return tc.Unspec
	}
	h, _ := rex.View[headers](buf)
	if h.IP.VersionIHL != 0x45 || h.IP.FlagsFrag.Get()&0x3fff != 0 || h.UDP.SrcPort.Get() != Port || ctx.LoadBytes(buf, 0) != nil {
		return tc.Unspec
	}
	to := Request{h.IP.Dst, h.IP.Src, h.UDP.DstPort, packet.BE16{}}
	if h.IP.Protocol == packet.ProtoUDP && h.Frame.Total.Get() == 1 && int(h.UDP.Length.Get()) == len(buf)-34 {
		to.ID = h.Frame.ID
		fill(to, buf[headersLen:])
	} else if _, payload, ok := packet.ParseTCP(buf[34:]); ok && h.IP.Protocol == packet.ProtoTCP {
		written(&to, payload)
	}
	return tc.Unspec
}

// fill puts the records of a reply into the cache.
func fill(ticket Request, b []byte) {
	for len(b) > 6 && string(b[:6]) == "VALUE " {
		key, hash, rest := word(b[6:])
		_, _, rest = word(rest)
		size, _, rest := word(rest)
		n, err := strconv.Atoi(string(size))
		end := len(b) - len(rest) + 2 + n + 2
		if err != nil || uint(n) > MaxValue || len(key) > MaxKey || end > len(b) || rest[0] != '\r' {
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
