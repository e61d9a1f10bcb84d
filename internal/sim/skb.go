// SPDX-License-Identifier: Apache-2.0

package sim

import "slices"

// SKB is the state of a simulated tc.Context.
type SKB struct {
	Linear, Paged                    []byte
	Protocol                         uint16
	Mark, Priority, Hash, PacketType uint32
	QueueMapping, TCIndex, ClassID   uint16
	Ifindex, IngressIfindex          uint32
	VLANPresent                      bool
	VLANTCI, VLANProto               uint16
	GSOSize, GSOSegs                 uint16
	// Segmented is the transport protocol that makes the segments.
	Segmented          uint8
	WireLen            uint32
	Tstamp, HWTstamp   uint64
	TstampType, NapiID uint32
	CB                 [5]uint32
	Meta               []byte
	// Socket is a tc.Socket, nil when the packet has none.
	Socket any
	// Network is where the network header is. Encapsulated: there is an inner
	// packet.
	Network      int
	Encapsulated bool
	// Sliced: the program has a slice of Linear.
	Sliced bool
	// Sent has the copies that were sent, Target where the packet goes if the
	// verdict says so.
	Sent   []Sent
	Target *Target
}

// Sent is a copy of a packet.
type Sent struct {
	Ifindex uint32
	Ingress bool
	Data    []byte
}

// Target is where a packet is redirected to.
type Target struct {
	Ifindex                  uint32
	Ingress, Peer, Neighbour bool
	// NextHop is all zero for the packet's own destination.
	IPv6    bool
	NextHop [16]byte
}

// Len returns the packet's length.
func (s *SKB) Len() int { return len(s.Linear) + len(s.Paged) }

// All returns a copy of the packet.
func (s *SKB) All() []byte { return slices.Concat(s.Linear, s.Paged) }

// Keep leaves the bytes to the slices of them, before they are replaced. It
// returns false when the program holds too much already.
func (s *SKB) Keep() bool {
	if s.Sliced && !Hold(new(byte), func() {}) {
		return false
	}
	s.Sliced = false
	return true
}

// replace gives the packet other bytes: the old ones stay as they are, for
// slices of them.
func (s *SKB) replace(linear []byte) { s.Linear, s.Meta = linear, nil }

// Detach gives the packet a copy of its bytes; false is as for Keep.
func (s *SKB) Detach() bool {
	ok := s.Keep()
	if ok {
		s.replace(slices.Clone(s.Linear))
	}
	return ok
}

// Pull makes the first n bytes linear; false is as for Keep.
func (s *SKB) Pull(n int) bool {
	more := n - len(s.Linear)
	if more <= 0 {
		return true
	}
	if !s.Keep() {
		return false
	}
	s.replace(slices.Concat(s.Linear, s.Paged[:more]))
	s.Paged = s.Paged[more:]
	return true
}

// Insert puts n zeros at an offset; false is as for Keep.
func (s *SKB) Insert(at, n int) bool {
	if !s.Keep() {
		return false
	}
	s.Pull(at)
	s.replace(slices.Concat(s.Linear[:at], make([]byte, n), s.Linear[at:]))
	return true
}

// Remove takes n bytes out at an offset; false is as for Keep.
func (s *SKB) Remove(at, n int) bool {
	if !s.Keep() {
		return false
	}
	s.Pull(at + n)
	s.replace(slices.Concat(s.Linear[:at], s.Linear[at+n:]))
	return true
}

// Resize makes the packet n bytes long, in one piece; false is as for Keep.
func (s *SKB) Resize(n int) bool {
	if !s.Keep() {
		return false
	}
	all := s.All()
	s.Paged = nil
	s.replace(append(all[:min(n, len(all))], make([]byte, max(0, n-len(all)))...))
	return true
}
