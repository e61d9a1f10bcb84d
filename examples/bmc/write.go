// SPDX-License-Identifier: Apache-2.0

package bmc

import (
	"bytes"
	"sync/atomic"

	"github.com/rex-go/rex"
)

// From when a command that changes an item comes in until its reply goes out,
// nobody knows which of the two values memcached has. Meanwhile the item is
// neither answered from the cache nor put into it. When the reply cannot be
// told (noreply, several commands at a time) the time patience stands for it,
// which is far more than memcached takes.
const patience = 1_000_000_000 // nanoseconds

// forever is when an item that expires may be cached: the kernel would not know
// when it has expired.
const forever = 1<<64 - 1

// conn is a TCP connection with commands that memcached has not answered, or one
// of several with the same hash.
type conn struct {
	Lock       rex.SpinLock
	Unanswered uint32 // commands that change something
	Until      uint64 // when Unanswered count as answered
	Slot       uint32 // the entry that the command changes,
	Tracked    uint32 // if 1, and it is the only one
	Seq        uint32 // of its segment
	Flow       Flow
	_          [2]byte
}

var (
	// epoch counts how often all entries became invalid.
	epoch atomic.Uint64
	// quiet is until when no reply may fill an entry.
	quiet atomic.Uint64
)

// write notes the commands in a segment or datagram of memcached's text
// protocol. flow is nil for those over UDP.
func write(flow *Flow, seq uint32, b []byte) {
	for first := true; len(b) > 0; first = false {
		line, rest, ok := bytes.Cut(b, []byte("\r\n"))
		ok = ok && bytes.IndexByte(line, '\n') < 0
		cmd, args := token(line)
		key, args := token(args)
		until := rex.MonotonicNanos() + patience
		switch string(cmd) {
		case "get", "gets", "version", "quit":
		case "set", "add", "replace", "append", "prepend", "cas":
			_, args = token(args)
			exptime, args := token(args)
			size, args := token(args)
			if string(cmd) == "cas" {
				_, args = token(args)
			}
			n, num := number(size)
			if ok = ok && num && n+2 <= len(rest); ok {
				if string(exptime) != "0" {
					until = forever
				}
				rest = rest[n+2:]
				change(key, until, flow, seq, first && len(rest) == 0, len(args) == 0)
			}
		case "delete":
			if ok {
				change(key, until, flow, seq, first && len(rest) == 0, len(args) == 0)
			}
		case "incr", "decr":
			if ok {
				change(key, until, nil, 0, false, false)
			}
		case "touch":
			if ok {
				change(key, forever, nil, 0, false, false)
			}
		default:
			ok = false
		}
		if !ok {
			// Part of a command, the binary protocol, a command that changes
			// everything: anything may have changed.
			quiet.Store(until)
			epoch.Add(1)
			stats.Lookup(0).Flushes++
			return
		}
		b = rest
	}
}

// change invalidates an item until the command is answered, or until a time.
// alone says that it is all of a segment, reply that there will be one.
func change(key []byte, until uint64, flow *Flow, seq uint32, alone, reply bool) {
	s := stats.Lookup(0)
	s.Writes++
	e, slot := entry(key)
	if flow != nil && reply && track(flow, seq, slot, alone) {
		s.Tracked++
	}
	e.Lock.Lock()
	e.Len, e.Ticket = 0, Ticket{}
	e.Pending++
	e.Until = max(e.Until, until)
	e.Lock.Unlock()
}

// track reports whether the connection's next reply will be the command's.
func track(flow *Flow, seq, slot uint32, alone bool) bool {
	now := rex.MonotonicNanos()
	c := connOf(flow)
	c.Lock.Lock()
	defer c.Lock.Unlock()
	if now >= c.Until {
		c.Unanswered = 0
	}
	if c.Unanswered > 0 && c.Seq == seq && c.Flow == *flow {
		return false // sent again
	}
	c.Tracked = 0
	if c.Unanswered == 0 && alone {
		c.Tracked = 1
	}
	c.Unanswered++
	c.Until, c.Slot, c.Seq, c.Flow = now+patience, slot, seq, *flow
	return c.Tracked == 1
}

// written notes that n commands that change something were answered.
func written(flow *Flow, n uint32) {
	c := connOf(flow)
	c.Lock.Lock()
	done := c.Tracked == 1 && c.Flow == *flow && rex.MonotonicNanos() < c.Until
	slot := c.Slot
	if c.Flow == *flow {
		c.Unanswered -= min(n, c.Unanswered)
		c.Tracked = 0
	}
	c.Lock.Unlock()
	if !done {
		return
	}
	e := cache.Lookup(slot)
	e.Lock.Lock()
	if e.Until != forever && e.Pending > 0 {
		e.Pending--
	}
	e.Lock.Unlock()
}

// answers counts the lines of a segment from memcached, which all answer
// commands that change something; 0 when they do not.
func answers(b []byte) (n uint32) {
	for len(b) > 0 {
		line, rest, ok := bytes.Cut(b, []byte("\r\n"))
		word, _ := token(line)
		if !ok {
			return 0
		}
		switch string(word) {
		case "STORED", "NOT_STORED", "EXISTS", "NOT_FOUND", "DELETED", "ERROR", "CLIENT_ERROR", "SERVER_ERROR":
			n++
		default:
			return 0
		}
		b = rest
	}
	return n
}

func connOf(f *Flow) *conn {
	h := uint32(f.Port.Get())<<16 | uint32(f.Port.Get())
	for i := range f.Client {
		h = h*31 + uint32(f.Client[i])*257 + uint32(f.Server[i])
	}
	return conns.Lookup(h % numConns)
}

// number returns the value of up to nine decimal digits.
func number(word []byte) (n int, ok bool) {
	for _, c := range word {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(word) > 0 && len(word) <= 9
}
