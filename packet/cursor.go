// SPDX-License-Identifier: Apache-2.0

package packet

import "github.com/rex-go/rex"

// Cursor reads a packet from front to back. Nothing is read beyond its end:
// what is cut short is reported and leaves the cursor where it is.
type Cursor struct{ rest []byte }

// NewCursor returns a cursor at the beginning of b.
func NewCursor(b []byte) Cursor { return Cursor{b} }

// Rest returns the bytes that have not been read.
func (c *Cursor) Rest() []byte { return c.rest }

// Len returns how many bytes have not been read.
func (c *Cursor) Len() int { return len(c.rest) }

// Skip passes over n bytes; it returns false when there are fewer, or n is
// negative.
func (c *Cursor) Skip(n int) bool {
	if uint(n) > uint(len(c.rest)) {
		return false
	}
	c.rest = c.rest[n:]
	return true
}

// Take returns the next n bytes, which are the packet's own.
func (c *Cursor) Take(n int) (b []byte, ok bool) {
	if uint(n) > uint(len(c.rest)) {
		return nil, false
	}
	b, c.rest = c.rest[:n:n], c.rest[n:]
	return b, true
}

// Uint8 reads a byte.
func (c *Cursor) Uint8() (v uint8, ok bool) {
	if len(c.rest) < 1 {
		return 0, false
	}
	v, c.rest = c.rest[0], c.rest[1:]
	return v, true
}

// Uint16 reads a number in network byte order.
func (c *Cursor) Uint16() (v uint16, ok bool) {
	if len(c.rest) < 2 {
		return 0, false
	}
	v = BE16(c.rest[:2]).Get()
	c.rest = c.rest[2:]
	return v, true
}

// Uint32 reads a number in network byte order.
func (c *Cursor) Uint32() (v uint32, ok bool) {
	if len(c.rest) < 4 {
		return 0, false
	}
	v = BE32(c.rest[:4]).Get()
	c.rest = c.rest[4:]
	return v, true
}

// Next returns the T that comes next, without copying. T is as for rex.View.
//
//rex:noref T
//rex:align1 T
func Next[T any](c *Cursor) (*T, bool) {
	v, ok := rex.View[T](c.rest)
	if !ok {
		return nil, false
	}
	c.rest = c.rest[sizeOf[T]():]
	return v, true
}

// Limit cuts off what lies more than n bytes ahead, as a header's own length
// field demands. It returns false when less is left, or n is negative.
func (c *Cursor) Limit(n int) bool {
	if uint(n) > uint(len(c.rest)) {
		return false
	}
	c.rest = c.rest[:n:n]
	return true
}
