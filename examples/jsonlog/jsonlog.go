// SPDX-License-Identifier: Apache-2.0

// Package jsonlog reads a stream of JSON log lines over UDP: it counts them by
// service and level, adds up how long requests took, and drops the level that
// nobody reads before it costs anything.
package jsonlog

import (
	"strconv"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Port is the log collector's.
const Port = 5514

// Word is the beginning of a string, padded with zeros.
type Word [16]byte

// Row is what lines are counted by.
type Row struct{ Service, Level Word }

// Sum is about the lines of a row.
type Sum struct {
	Lock  rex.SpinLock
	Lines uint64
	Bytes uint64
	Timed uint64 // lines with a time
	Nanos uint64 // their sum
}

// The rows of stats.
const (
	Lines = iota
	Dropped
	Malformed // passed
	NumStats
)

var (
	sums  = rex.NewHash[Row, Sum](256)
	stats = rex.NewPerCPUArray[uint64](NumStats)
	// drop is the level whose lines are dropped.
	drop = rex.NewArray[Word](1)
)

// Read is the program.
//
//rex:xdp
func Read(ctx *xdp.Context) xdp.Action {
	line := payload(ctx.Data())
	if line == nil {
		return xdp.Pass
	}
	*stats.Lookup(Lines)++
	var row Row
	var nanos uint64
	timed := false
	p := &parser{b: line}
	ok := p.fields(func(name string) bool {
		switch name {
		case "service":
			row.Service = word(p.text())
		case "level":
			row.Level = word(p.text())
		case "took.ms":
			ms, err := strconv.ParseUint(string(p.raw()), 10, 32)
			nanos, timed = ms*1_000_000, err == nil
		default:
			return false
		}
		return true
	})
	if !ok {
		*stats.Lookup(Malformed)++
		return xdp.Pass
	}
	if s := sumOf(row); s != nil {
		s.Lock.Lock()
		s.Lines, s.Bytes = s.Lines+1, s.Bytes+uint64(len(line))
		if timed {
			s.Timed, s.Nanos = s.Timed+1, s.Nanos+nanos
		}
		s.Lock.Unlock()
	}
	if d := drop.Lookup(0); row.Level == *d && *d != (Word{}) {
		*stats.Lookup(Dropped)++
		return xdp.Drop
	}
	return xdp.Pass
}

// sumOf returns the sum of a row, nil when there are too many.
func sumOf(r Row) *Sum {
	s, _, err := sums.LoadOrStore(r, Sum{})
	if err != nil {
		return nil
	}
	return s
}

// payload returns what a datagram to the log collector has in it.
func payload(b []byte) []byte {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return nil
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok || ip.Protocol != packet.ProtoUDP || ip.FragmentOffset() != 0 || ip.MoreFragments() {
		return nil
	}
	udp, b, ok := packet.ParseUDP(b)
	if !ok || udp.DstPort.Get() != Port {
		return nil
	}
	return b
}

// word keeps the beginning of a text.
func word(s string) (w Word) {
	copy(w[:], s)
	return w
}
