// SPDX-License-Identifier: Apache-2.0

package bmc

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
)

// conn is a TCP connection, or several with the same hash.
type conn struct {
	Lock  rex.SpinLock
	Slot  uint32  // the entry that the connection's next reply is about,
	Until uint64  // unless it comes later than this,
	Flow  Request // or several replies are awaited: then this is zero
	_     [4]byte
	Last  uint64 // names the last segment with a command
}

// flush empties the cache: anything may have changed.
func flush() {
	quiet.Store(rex.MonotonicNanos() + patience)
	epoch.Add(1)
	stats.Lookup(0).Flushes++
}

// write notes the commands in a segment or datagram of memcached's text
// protocol; tcp is nil for those in datagrams.
//
// From when a command that changes an item comes in until its reply goes out,
// nobody knows which of the two values memcached has. Meanwhile the item is
// neither answered from the cache nor put into it. When the reply cannot be
// told (noreply, several commands at a time) the time patience stands for it,
// which is far more than memcached takes. An item that expires is not cached:
// the kernel would not know when.
//
// What TCP sends again has the same place in the stream: one reply comes to both.
func write(from *Request, tcp *packet.TCP, b []byte) {
	s, now, slot, replies, length := stats.Lookup(0), rex.MonotonicNanos(), uint32(0), 0, len(b)
	for len(b) > 0 {
		cmd, _, rest := word(b)
		if string(cmd) == "get" || string(cmd) == "gets" {
			b = rest[bytes.IndexByte(rest, '\n')+1:]
			continue
		}
		_, hash, rest := word(rest)
		expires, size := 0, none
		switch string(cmd) {
		case "set", "add", "replace", "append", "prepend":
			_, rest = number(rest) // flags
			expires, rest = number(rest)
			size, rest = number(rest)
		case "delete":
			size = -len("\r\n") // the end of the line only
		}
		noreply, _, rest := word(rest)
		n := size + len("\r\n\r\n")
		if n == 0 || n > len(rest) || string(rest[:2]) != "\r\n" {
			flush() // anything else: part of a command, the binary protocol
			replies = 2
			break
		}
		b = rest[n:]
		until := now + patience
		if expires != 0 {
			until = forever
		}
		changed := uint32(hash % NumEntries)
		if len(noreply) == 0 {
			slot, replies = changed, replies+1
		}
		e := cache.Lookup(changed)
		e.Lock.Lock()
		e.Len, e.Ticket, e.Pending, e.Until = 0, Request{}, e.Pending+1, max(e.Until, until)
		e.Lock.Unlock()
		s.Writes++
	}
	if tcp == nil || replies == 0 {
		return
	}
	c, segment := connOf(from), mix(uint64(tcp.Seq.Get())<<32|uint64(length), now>>33)
	c.Lock.Lock()
	defer c.Lock.Unlock()
	if segment != c.Last {
		c.Flow, c.Last = Request{}, segment
		if replies == 1 && now >= c.Until { // no other reply is awaited
			c.Flow, c.Slot = *from, slot
			s.Tracked++
		}
	} else if c.Until == 0 {
		return // sent again, and its reply has gone out
	}
	c.Until = now + patience
}

// written notes a segment from memcached that is a single reply.
func written(flow *Request, b []byte) {
	switch string(b) {
	case "STORED\r\n", "NOT_STORED\r\n", "NOT_FOUND\r\n", "DELETED\r\n":
	default:
		return
	}
	c, now := connOf(flow), rex.MonotonicNanos()
	c.Lock.Lock()
	defer c.Lock.Unlock()
	if c.Flow != *flow || now >= c.Until {
		return
	}
	c.Flow, c.Until = Request{}, 0
	e := cache.Lookup(c.Slot)
	e.Lock.Lock()
	defer e.Lock.Unlock()
	if e.Until != forever && e.Pending > 0 {
		e.Pending--
	}
}

func connOf(f *Request) *conn {
	return conns.Lookup(uint32(mix(uint64(binary.BigEndian.Uint32(f.Client[:])), uint64(f.Port.Get())) % NumEntries))
}

// word cuts the first word off a line, and hashes it. It ends at a space or at
// what comes before a space in ASCII, such as the end of the line. Eight bytes
// are looked at at a time.
func word(line []byte) (w []byte, hash uint64, rest []byte) {
	for len(line) > 0 && line[0] == ' ' {
		line = line[1:]
	}
	const every = 0x0101010101010101
	n := 0
	for ; len(line)-n >= 8; n += 8 {
		b := binary.LittleEndian.Uint64(line[n:])
		// The lowest bit that is left is of the first byte up to a space.
		if low := (b - '!'*every) &^ b & (0x80 * every); low != 0 {
			at := uint(bits.TrailingZeros64(low)) - 7
			n += int(at / 8)
			return line[:n], mix(hash, b&(1<<at-1)), line[n:]
		}
		hash = mix(hash, b)
	}
	last := uint64(0)
	for i := 0; n < len(line) && line[n] > ' '; i++ {
		last |= uint64(line[n]) << (8 * i)
		n++
	}
	return line[:n], mix(hash, last), line[n:]
}

// number takes a number of up to ten digits, and the space before it, off a line.
// It is none when there is no such number.
func number(line []byte) (n int, rest []byte) {
	for i := 1; i < min(len(line), 12) && line[0] == ' '; i++ {
		if d := line[i] - '0'; d <= 9 {
			n = 10*n + int(d)
		} else if i > 1 {
			return n, line[i:]
		} else {
			break
		}
	}
	return none, line
}

// mix adds eight bytes to a hash; the multiplier is that of Knuth's MMIX.
func mix(hash, b uint64) uint64 {
	hash = (hash ^ b) * 6364136223846793005
	return hash ^ hash>>32
}

// Slot returns the number of the entry that a key falls on.
func Slot(key string) uint32 {
	_, hash, _ := word([]byte(key))
	return uint32(hash % NumEntries)
}
