// SPDX-License-Identifier: Apache-2.0

// Package bmc is a cache for memcached in the kernel, after BMC (Ghigoff et al.,
// NSDI 2021). GET requests over UDP whose keys are all cached are answered
// before the network stack sees them; everything else is memcached's. The cache
// fills itself from memcached's replies.
package bmc

import (
	"bytes"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// Limits of what is cached. Other items are left to memcached.
const (
	Port       = 11211
	MaxKey     = 250     // memcached's own limit
	MaxValue   = 1000    // bytes
	NumEntries = 1 << 12 // a power of two
	numConns   = 1 << 10
	// maxReply is memcached's own limit for a datagram.
	maxReply = 1400
)

// Flow is a client's connection.
type Flow struct {
	Client, Server packet.IPv4Addr
	Port           packet.BE16
}

// Ticket is a request whose reply may fill an entry.
type Ticket struct {
	Flow Flow
	ID   packet.BE16
}

// Entry caches the item that was last read of those whose hashes fall on it.
type Entry struct {
	Lock    rex.SpinLock
	Len     uint16 // of Record, 0 when there is none
	KeyLen  uint16
	Pending uint32 // SETs that memcached has not answered; see writing
	Epoch   uint64 // of Record and Ticket
	Until   uint64 // when Pending counts as answered
	Ticket  Ticket
	Record  [len("VALUE  4294967295 1000\r\n\r\n") + MaxKey + MaxValue]byte // "VALUE key flags len\r\nvalue\r\n"
}

// Stats counts, on one CPU.
type Stats struct {
	Gets, Hits, Misses uint64 // requests; neither hit nor miss: not understood, or no room
	Writes, Tracked    uint64 // commands that change an item; those whose reply is awaited
	Fills, Flushes     uint64
}

// frame is what precedes each datagram of memcached's UDP protocol.
type frame struct{ ID, Seq, Total, _ packet.BE16 }

// headers are those of a packet that is answered.
type headers struct {
	Ethernet packet.Ethernet
	IP       packet.IPv4
	UDP      packet.UDP
	Frame    frame
}

const headersLen = 14 + 20 + 8 + 8

var (
	cache   = rex.NewArray[Entry](NumEntries)
	conns   = rex.NewArray[conn](numConns)
	stats   = rex.NewPerCPUArray[Stats](1)
	scratch = rex.NewPerCPUArray[[headersLen + maxReply]byte](1)
)

// Ingress answers what it can, and notes what changes items.
//
//rex:xdp
func Ingress(ctx *xdp.Context) xdp.Action {
	eth, b, ok := packet.ParseEthernet(ctx.Data())
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return xdp.Pass
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok || ip.FragmentOffset() != 0 {
		return xdp.Pass
	}
	switch ip.Protocol {
	case packet.ProtoUDP:
		udp, payload, ok := packet.ParseUDP(b)
		if !ok || udp.DstPort.Get() != Port {
			break
		}
		f, ok := rex.View[frame](payload)
		if ok && bytes.HasPrefix(payload[8:], []byte("get ")) {
			if ip.HeaderLen() == 20 && !ip.MoreFragments() && int(udp.Length.Get()) == 8+len(payload) && f.Total.Get() <= 1 {
				return get(ctx, Ticket{Flow{ip.Src, ip.Dst, udp.SrcPort}, f.ID}, payload[8:])
			}
		} else if ok {
			write(nil, 0, payload[8:])
		}
	case packet.ProtoTCP:
		tcp, payload, ok := packet.ParseTCP(b)
		if ok && tcp.DstPort.Get() == Port && len(payload) > 0 {
			write(&Flow{ip.Src, ip.Dst, tcp.SrcPort}, tcp.Seq.Get(), payload)
		}
	}
	return xdp.Pass
}

// get answers a request when all of its keys are cached; otherwise memcached
// does, and its reply fills their entries.
func get(ctx *xdp.Context, ticket Ticket, line []byte) xdp.Action {
	s := stats.Lookup(0)
	s.Gets++
	keys, ok := bytes.CutSuffix(line[len("get "):], []byte("\r\n"))
	if !ok || bytes.IndexByte(keys, '\n') >= 0 {
		return xdp.Pass
	}
	reply := scratch.Lookup(0)[headersLen:]
	n, hit := 0, true
	for {
		var key []byte
		if key, keys = token(keys); len(key) == 0 {
			break
		}
		if len(key) > MaxKey {
			return xdp.Pass
		}
		m, ok := find(key, reply[n:], ticket)
		n += m
		hit = hit && ok
	}
	if !hit {
		s.Misses++
		return xdp.Pass
	}
	if n == 0 || n+len("END\r\n") > maxReply-8 {
		return xdp.Pass
	}
	n += copy(reply[n:], "END\r\n")
	if ctx.AdjustTail(headersLen+n-len(ctx.Data())) != nil {
		return xdp.Pass
	}
	data := ctx.Data()
	h, ok := rex.View[headers](data)
	if !ok {
		return xdp.Aborted
	}
	copy(data[headersLen:], reply[:n])
	h.Ethernet.Src, h.Ethernet.Dst = h.Ethernet.Dst, h.Ethernet.Src
	h.IP.Src, h.IP.Dst = h.IP.Dst, h.IP.Src
	h.UDP.SrcPort, h.UDP.DstPort = h.UDP.DstPort, h.UDP.SrcPort
	h.Frame = frame{ID: h.Frame.ID, Total: packet.BE16{0, 1}}
	h.UDP.Checksum.Set(0) // none, as RFC 768 allows
	h.UDP.Length.Set(uint16(16 + n))
	setLen(&h.IP, uint16(36+n))
	s.Hits++
	return xdp.TX
}

// setLen changes the datagram's length and, with it, the checksum (RFC 1624).
func setLen(ip *packet.IPv4, n uint16) {
	sum := uint32(^ip.Checksum.Get()) + uint32(^ip.TotalLen.Get()) + uint32(n)
	sum = sum&0xffff + sum>>16
	ip.Checksum.Set(^uint16(sum + sum>>16))
	ip.TotalLen.Set(n)
}

// token cuts the first word off a line.
func token(line []byte) (word, rest []byte) {
	for len(line) > 0 && line[0] == ' ' {
		line = line[1:]
	}
	for i, c := range line {
		if c == ' ' {
			return line[:i], line[i:]
		}
	}
	return line, nil
}

// entry returns the place of a key in the cache: FNV-1a.
func entry(key []byte) (e *Entry, slot uint32) {
	h := uint32(2166136261)
	for _, c := range key {
		h = (h ^ uint32(c)) * 16777619
	}
	slot = (h ^ h>>16) % NumEntries
	return cache.Lookup(slot), slot
}

// find copies a key's record to dst as far as it has room. When there is none,
// memcached's reply to the request may fill the entry, unless a SET is on its
// way: then nobody knows whether the reply comes before or after it.
func find(key, dst []byte, ticket Ticket) (n int, ok bool) {
	e, _ := entry(key)
	e.Lock.Lock()
	defer e.Lock.Unlock()
	now := epoch.Load()
	if e.Epoch == now && e.Len > 0 && bytes.Equal(e.Record[6:6+e.KeyLen], key) {
		return copy(dst, e.Record[:e.Len]), true
	}
	if e.Epoch != now {
		e.Epoch, e.Len = now, 0
	}
	e.Ticket = Ticket{}
	if t := rex.MonotonicNanos(); (e.Pending == 0 || t >= e.Until) && t >= quiet.Load() {
		e.Pending, e.Ticket = 0, ticket
	}
	return 0, false
}

// Egress fills the cache from memcached's replies.
//
//rex:tc
func Egress(ctx *tc.Context) tc.Action {
	buf := scratch.Lookup(0)[:]
	if n := int(ctx.Len()); n < len(buf) {
		buf = buf[:n]
	}
	if ctx.Protocol() != uint16(packet.EtherTypeIPv4) || len(buf) < 54 || ctx.LoadBytes(buf[:54], 0) != nil {
		return tc.Unspec
	}
	// Without options, the ports are where they are in UDP, too.
	ip, b, ok := packet.ParseIPv4(buf[14:])
	if !ok || ip.HeaderLen() != 20 || len(b) < 8 || ip.FlagsFrag.Get()&0x3fff != 0 || (packet.BE16{b[0], b[1]}).Get() != Port ||
		ctx.LoadBytes(buf, 0) != nil {
		return tc.Unspec
	}
	switch ip.Protocol {
	case packet.ProtoUDP:
		udp, payload, ok := packet.ParseUDP(b)
		f, okf := rex.View[frame](payload)
		if ok && okf && f.Total.Get() == 1 && int(udp.Length.Get()) == 8+len(payload) {
			fill(Ticket{Flow{ip.Dst, ip.Src, udp.DstPort}, f.ID}, payload[8:])
		}
	case packet.ProtoTCP:
		if tcp, payload, ok := packet.ParseTCP(b); ok {
			if n := answers(payload); n > 0 {
				written(&Flow{ip.Dst, ip.Src, tcp.DstPort}, n)
			}
		}
	}
	return tc.Unspec
}

// fill puts the records of a reply into the cache.
func fill(ticket Ticket, b []byte) {
	for bytes.HasPrefix(b, []byte("VALUE ")) {
		line, _, ok := bytes.Cut(b, []byte("\r\n"))
		key, rest := token(line[6:])
		_, rest = token(rest)
		size, rest := token(rest)
		n, num := number(size)
		if end := len(line) + 2 + n + 2; ok && num && len(rest) == 0 && end <= len(b) && len(key) <= MaxKey {
			store(key, b[:end], ticket)
			b = b[end:]
			continue
		}
		return
	}
}

func store(key, record []byte, ticket Ticket) {
	e, _ := entry(key)
	e.Lock.Lock()
	defer e.Lock.Unlock()
	if e.Ticket != ticket || e.Epoch != epoch.Load() || len(record) > len(e.Record) {
		return
	}
	e.Ticket = Ticket{}
	e.KeyLen, e.Len = uint16(len(key)), uint16(copy(e.Record[:], record))
	stats.Lookup(0).Fills++
}

// Slot returns the number of the entry that a key falls on.
func Slot(key string) uint32 {
	_, slot := entry([]byte(key))
	return slot
}
