// SPDX-License-Identifier: Apache-2.0

package packet

import "iter"

// TCPOption is the kind of a TCP option.
type TCPOption uint8

// TCP options (RFC 9293 §3.1, RFC 7323, RFC 2018).
const (
	TCPOptionEnd           TCPOption = 0
	TCPOptionNop           TCPOption = 1
	TCPOptionMSS           TCPOption = 2
	TCPOptionWindowScale   TCPOption = 3
	TCPOptionSACKPermitted TCPOption = 4
	TCPOptionSACK          TCPOption = 5
	TCPOptionTimestamps    TCPOption = 8
)

// TCPOptions yields the options of the TCP segment b, which begins with the
// header: kind and data, without padding. It ends at an option whose length is
// wrong.
func TCPOptions(b []byte) iter.Seq2[TCPOption, []byte] {
	return func(yield func(TCPOption, []byte) bool) {
		h, _, ok := ParseTCP(b)
		if !ok {
			return
		}
		options(b[20:h.HeaderLen()], yield)
	}
}

func options(b []byte, yield func(TCPOption, []byte) bool) {
	for len(b) > 0 {
		kind := TCPOption(b[0])
		switch kind {
		case TCPOptionEnd:
			return
		case TCPOptionNop:
			b = b[1:]
			continue
		}
		if len(b) < 2 {
			return
		}
		n := int(b[1])
		if n < 2 || n > len(b) || !yield(kind, b[2:n:n]) {
			return
		}
		b = b[n:]
	}
}
