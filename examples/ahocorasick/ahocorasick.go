// SPDX-License-Identifier: Apache-2.0

// Package ahocorasick searches the payload of every packet for any of thousands
// of patterns in one pass, and drops those that hold one.
package ahocorasick

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Limits of the automaton.
const (
	MaxPatterns = 4096
	MaxStates   = 16384
)

// State is a state of the automaton (Aho and Corasick, CACM 1975), with the
// failure links worked in: each byte leads to the state that stands for the
// longest beginning of a pattern that the text ends with.
type State struct {
	Next    [256]uint16
	Pattern uint16 // number of the pattern that ends here, from 1; 0: none
	Shorter uint16 // state of the next shorter pattern that ends here, too; 0: none
}

// The rows of stats.
const (
	Clean = iota
	Matched
	Bytes // of payload
	NumStats
)

var (
	states = rex.NewArray[State](MaxStates)
	// hits counts how often each pattern was found.
	hits  = rex.NewPerCPUArray[uint64](MaxPatterns + 1)
	stats = rex.NewPerCPUArray[uint64](NumStats)
)

// Search is the program.
//
//rex:xdp
func Search(ctx *xdp.Context) xdp.Action {
	payload, ok := payload(ctx.Data())
	if !ok {
		return xdp.Pass
	}
	*stats.Lookup(Bytes) += uint64(len(payload))
	if scan(payload) {
		*stats.Lookup(Matched)++
		return xdp.Drop
	}
	*stats.Lookup(Clean)++
	return xdp.Pass
}

// scan counts all patterns in text and reports whether there are any.
func scan(text []byte) (found bool) {
	state := states.Lookup(0)
	for _, c := range text {
		state = states.Lookup(uint32(state.Next[c]))
		for s := state; s.Pattern != 0; s = states.Lookup(uint32(s.Shorter)) {
			found = true
			*hits.Lookup(uint32(s.Pattern))++
		}
	}
	return found
}

// payload returns what a packet carries over TCP or UDP.
func payload(b []byte) ([]byte, bool) {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok {
		return nil, false
	}
	typ, b, ok := packet.SkipVLAN(eth.EtherType(), b)
	if !ok || typ != packet.EtherTypeIPv4 {
		return nil, false
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok || ip.FragmentOffset() != 0 {
		return nil, false
	}
	switch ip.Protocol {
	case packet.ProtoTCP:
		_, b, ok = packet.ParseTCP(b)
	case packet.ProtoUDP:
		_, b, ok = packet.ParseUDP(b)
	default:
		return nil, false
	}
	return b, ok
}
