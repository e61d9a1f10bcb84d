// SPDX-License-Identifier: Apache-2.0

package dns

import "encoding/binary"

// Name is a domain name as it stands in a message, without compression and in
// lower case: labels behind their lengths, zeros behind them. Longer names are
// not answered.
type Name [64]byte

// maxLabels bounds the labels and pointers of a name.
const maxLabels = 32

// readName reads the name at off, following compression pointers (RFC 1035
// §4.1.4), and returns where it ends.
func readName(msg []byte, off int) (name Name, end int, ok bool) {
	n := 0
	for range maxLabels {
		if off >= len(msg) {
			return name, 0, false
		}
		size := int(msg[off])
		switch {
		case size == 0:
			if end == 0 {
				end = off + 1
			}
			return name, end, true
		case size >= 0xc0:
			if off+1 >= len(msg) {
				return name, 0, false
			}
			if end == 0 {
				end = off + 2
			}
			off = int(binary.BigEndian.Uint16(msg[off:]) & 0x3fff)
			continue
		case size > 63 || off+1+size > len(msg) || n+1+size >= len(name):
			return name, 0, false
		}
		name[n] = byte(size)
		for i, c := range msg[off+1 : off+1+size] {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			name[n+1+i] = c
		}
		n += 1 + size
		off += 1 + size
	}
	return name, 0, false
}

// writer makes a message. It remembers where each name and each of its
// suffixes stands.
type writer struct {
	msg   []byte
	names map[string]int
}

// name appends a name, with a pointer in place of the part that the message
// has already.
func (w *writer) name(name *Name) {
	for off := 0; name[off] != 0; off += 1 + int(name[off]) {
		rest := string(name[off:])
		if at, ok := w.names[rest]; ok {
			w.uint16(0xc000 | uint16(at))
			return
		}
		w.names[rest] = len(w.msg)
		w.msg = append(w.msg, name[off:off+1+int(name[off])]...)
	}
	w.msg = append(w.msg, 0)
}

func (w *writer) uint16(v uint16) { w.msg = binary.BigEndian.AppendUint16(w.msg, v) }
func (w *writer) uint32(v uint32) { w.msg = binary.BigEndian.AppendUint32(w.msg, v) }
