// SPDX-License-Identifier: Apache-2.0

package tracepoint

// DataLoc is the value of a field that the format file declares __data_loc: it
// says where in the record the field's bytes are. See Context.ReadDynamic.
type DataLoc uint32

// Len returns how many bytes there are.
func (l DataLoc) Len() int { return int(l >> 16) }

// DynamicString is ReadDynamic for a string: without the zero byte at its end.
func (c *Context[T]) DynamicString(dst []byte, loc DataLoc) []byte {
	b := c.ReadDynamic(dst, loc)
	if n := len(b); n > 0 && b[n-1] == 0 {
		b = b[:n-1]
	}
	return b
}
