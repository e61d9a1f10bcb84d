// SPDX-License-Identifier: Apache-2.0

package packet

// Checksum returns the Internet checksum (RFC 1071) of b. Over bytes that hold
// their own right checksum it is zero.
func Checksum(b []byte) uint16 { return ^fold(sum(0, b)) }

// sum adds up b as 16-bit numbers in network byte order.
func sum(s uint64, b []byte) uint64 {
	for len(b) >= 2 {
		s += uint64(b[0])<<8 | uint64(b[1])
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

// fold turns a sum into a 16-bit one's complement sum.
func fold(s uint64) uint16 {
	for s > 0xffff {
		s = s&0xffff + s>>16
	}
	return uint16(s)
}

// UpdateChecksum corrects a checksum in place after bytes that it covers, an
// even number at an even position, have changed from one value to another of
// the same length (RFC 1624, equation 3). It looks at no other byte of the
// packet.
func UpdateChecksum(check *BE16, from, to []byte) {
	s := uint64(^check.Get())
	s = sum(s, to)
	for len(from) >= 2 {
		s += uint64(^(uint16(from[0])<<8 | uint16(from[1])))
		from = from[2:]
	}
	check.Set(^fold(s))
}

// setField changes a field and its header's checksum.
func setField(check, field *BE16, v uint16) {
	old := *field
	field.Set(v)
	UpdateChecksum(check, old[:], field[:])
}

// SetSrc changes the source address and corrects the header's checksum. That of
// TCP or UDP covers the address, too: UpdateAddr corrects it.
func (h *IPv4) SetSrc(a IPv4Addr) {
	UpdateChecksum(&h.Checksum, h.Src[:], a[:])
	h.Src = a
}

// SetDst is SetSrc for the destination address.
func (h *IPv4) SetDst(a IPv4Addr) {
	UpdateChecksum(&h.Checksum, h.Dst[:], a[:])
	h.Dst = a
}

// SetTTL changes the time to live and corrects the header's checksum.
func (h *IPv4) SetTTL(ttl uint8) {
	from, to := BE16{h.TTL, byte(h.Protocol)}, BE16{ttl, byte(h.Protocol)}
	UpdateChecksum(&h.Checksum, from[:], to[:])
	h.TTL = ttl
}

// SetTotalLen changes the length of header and payload and corrects the header's
// checksum.
func (h *IPv4) SetTotalLen(n uint16) { setField(&h.Checksum, &h.TotalLen, n) }

// SetSrcPort changes the source port and corrects the checksum.
func (h *TCP) SetSrcPort(v uint16) { setField(&h.Checksum, &h.SrcPort, v) }

// SetDstPort changes the destination port and corrects the checksum.
func (h *TCP) SetDstPort(v uint16) { setField(&h.Checksum, &h.DstPort, v) }

// UpdateAddr corrects the checksum after an address of the IP header, 4 or 16
// bytes, has changed.
func (h *TCP) UpdateAddr(from, to []byte) { UpdateChecksum(&h.Checksum, from, to) }

// SetSrcPort changes the source port and corrects the checksum, if there is
// one.
func (h *UDP) SetSrcPort(v uint16) {
	old := h.SrcPort
	h.SrcPort.Set(v)
	h.UpdateAddr(old[:], h.SrcPort[:])
}

// SetDstPort changes the destination port and corrects the checksum, if there
// is one.
func (h *UDP) SetDstPort(v uint16) {
	old := h.DstPort
	h.DstPort.Set(v)
	h.UpdateAddr(old[:], h.DstPort[:])
}

// UpdateAddr corrects the checksum, if there is one, after an address of the IP
// header, 4 or 16 bytes, has changed. Zero stands for no checksum, so that a
// checksum of zero is written as its other form (RFC 768).
func (h *UDP) UpdateAddr(from, to []byte) {
	if h.Checksum == (BE16{}) {
		return
	}
	UpdateChecksum(&h.Checksum, from, to)
	if h.Checksum == (BE16{}) {
		h.Checksum = BE16{0xff, 0xff}
	}
}
