// SPDX-License-Identifier: Apache-2.0

package packet

import "github.com/rex-go/rex"

// DNSType is the type of a DNS record or question.
type DNSType uint16

// Types of DNS records.
const (
	DNSTypeA     DNSType = 1
	DNSTypeNS    DNSType = 2
	DNSTypeCNAME DNSType = 5
	DNSTypePTR   DNSType = 12
	DNSTypeMX    DNSType = 15
	DNSTypeTXT   DNSType = 16
	DNSTypeAAAA  DNSType = 28
)

// DNS is the header of a DNS message (RFC 1035 §4.1.1).
type DNS struct {
	ID          BE16
	Flags       BE16
	Questions   BE16
	Answers     BE16
	Authorities BE16
	Additionals BE16
}

// IsResponse reports whether the message answers a query.
func (h *DNS) IsResponse() bool { return h.Flags[0]&0x80 != 0 }

// Opcode returns the kind of query; 0 is the usual one.
func (h *DNS) Opcode() uint8 { return h.Flags[0] >> 3 & 15 }

// ResponseCode returns the RCODE; 0 is success, 3 that the name does not exist.
func (h *DNS) ResponseCode() uint8 { return h.Flags[1] & 15 }

// IsTruncated reports whether the message was cut to fit into UDP.
func (h *DNS) IsTruncated() bool { return h.Flags[0]&0x02 != 0 }

// ParseDNS returns the header of a DNS message, as UDP carries it, and what
// follows it.
func ParseDNS(b []byte) (h *DNS, rest []byte, ok bool) {
	h, ok = rex.View[DNS](b)
	if !ok {
		return nil, nil, false
	}
	return h, b[12:], true
}

// MaxDNSName is the longest name in the form that DNSName writes, in bytes.
const MaxDNSName = 253

// maxDNSPointers bounds how often a name may continue elsewhere. Labels are at
// least two bytes long, so no more are needed.
const maxDNSPointers = 127

// DNSName reads the name at position off of the whole message msg, following
// compression pointers, and writes it to buf in lower case, with dots between
// the labels and none at the end. It returns the part of buf that holds the
// name, and the position behind the name. It returns false for a name that is
// cut short, malformed, or longer than buf.
func DNSName(buf, msg []byte, off int) (name []byte, next int, ok bool) {
	n, jumps := 0, 0
	next = -1
	for {
		if uint(off) >= uint(len(msg)) {
			return nil, 0, false
		}
		l := int(msg[off])
		off++
		switch {
		case l == 0:
			if next < 0 {
				next = off
			}
			return buf[:n], next, true
		case l >= 0xc0:
			if off >= len(msg) || jumps >= maxDNSPointers {
				return nil, 0, false
			}
			if next < 0 {
				next = off + 1
			}
			off = (l&0x3f)<<8 | int(msg[off])
			jumps++
			continue
		case l > 63 || l > len(msg)-off:
			return nil, 0, false
		}
		if n > 0 {
			if n >= len(buf) {
				return nil, 0, false
			}
			buf[n] = '.'
			n++
		}
		if l > len(buf)-n {
			return nil, 0, false
		}
		for _, c := range msg[off : off+l] {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			buf[n] = c
			n++
		}
		off += l
	}
}

// DNSQuestion reads the first question of the message msg: its name, written as
// by DNSName, and its type.
func DNSQuestion(buf, msg []byte) (name []byte, typ DNSType, ok bool) {
	h, _, ok := ParseDNS(msg)
	if !ok || h.Questions == (BE16{}) {
		return nil, 0, false
	}
	name, off, ok := DNSName(buf, msg, 12)
	if !ok || len(msg)-off < 4 {
		return nil, 0, false
	}
	return name, DNSType(BE16(msg[off : off+2]).Get()), true
}
