// SPDX-License-Identifier: Apache-2.0

package packet

import "github.com/rex-go/rex"

// GRE is the part of a GRE header that is always there (RFC 2784, RFC 2890).
type GRE struct {
	Flags BE16 // and version
	Type  BE16
}

// Bits of GRE.Flags that say what follows.
const (
	GREChecksum uint16 = 0x8000
	GREKey      uint16 = 0x2000
	GRESequence uint16 = 0x1000
)

// EtherType returns what the tunnel carries.
func (h *GRE) EtherType() EtherType { return EtherType(h.Type.Get()) }

// HeaderLen returns the header's length in bytes, 4 to 16.
func (h *GRE) HeaderLen() int {
	n := 4
	for _, bit := range [...]uint16{GREChecksum, GREKey, GRESequence} {
		if h.Flags.Get()&bit != 0 {
			n += 4
		}
	}
	return n
}

// ParseGRE returns a GRE header, its key (0 when it has none) and what the
// tunnel carries. It returns false for a version other than 0 and for the
// routing that RFC 2784 took away.
func ParseGRE(b []byte) (h *GRE, key uint32, payload []byte, ok bool) {
	h, ok = rex.View[GRE](b)
	if !ok || h.Flags.Get()&0x4007 != 0 || h.HeaderLen() > len(b) {
		return nil, 0, nil, false
	}
	if h.Flags.Get()&GREKey != 0 {
		at := 4
		if h.Flags.Get()&GREChecksum != 0 {
			at = 8
		}
		key = BE32(b[at : at+4]).Get()
	}
	return h, key, b[h.HeaderLen():], true
}

// VXLANPort is the UDP port of VXLAN.
const VXLANPort = 4789

// VXLAN is a VXLAN header (RFC 7348), which follows UDP's.
type VXLAN struct {
	Flags    uint8
	_        [3]byte
	Network  [3]byte
	Reserved uint8
}

// VNI returns the network's identifier, 24 bits.
func (h *VXLAN) VNI() uint32 {
	return uint32(h.Network[0])<<16 | uint32(h.Network[1])<<8 | uint32(h.Network[2])
}

// ParseVXLAN returns a VXLAN header and the Ethernet frame inside. It returns
// false when the header has no network identifier.
func ParseVXLAN(b []byte) (h *VXLAN, frame []byte, ok bool) {
	h, ok = rex.View[VXLAN](b)
	if !ok || h.Flags&0x08 == 0 {
		return nil, nil, false
	}
	return h, b[8:], true
}
