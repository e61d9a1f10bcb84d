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
	WireLen                          uint32
	Tstamp, HWTstamp                 uint64
	TstampType, NapiID               uint32
	CB                               [5]uint32
	Meta                             []byte
	// Socket is a tc.Socket, nil when the packet has none.
	Socket any
	// Network is where the network header is. Encapsulated: there is an inner
	// packet.
	Network      int
	Encapsulated bool
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

// replace gives the packet other bytes: the old ones stay as they are, for
// slices of them.
func (s *SKB) replace(linear []byte) { s.Linear, s.Meta = linear, nil }

// Detach gives the packet a copy of its bytes.
func (s *SKB) Detach() { s.replace(slices.Clone(s.Linear)) }

// Pull makes the first n bytes linear.
func (s *SKB) Pull(n int) {
	if more := n - len(s.Linear); more > 0 {
		s.replace(slices.Concat(s.Linear, s.Paged[:more]))
		s.Paged = s.Paged[more:]
	}
}

// Insert puts n zeros at an offset.
func (s *SKB) Insert(at, n int) {
	s.Pull(at)
	s.replace(slices.Concat(s.Linear[:at], make([]byte, n), s.Linear[at:]))
}

// Remove takes n bytes out at an offset.
func (s *SKB) Remove(at, n int) {
	s.Pull(at + n)
	s.replace(slices.Concat(s.Linear[:at], s.Linear[at+n:]))
}

// Resize makes the packet n bytes long, in one piece.
func (s *SKB) Resize(n int) {
	all := s.All()
	s.Paged = nil
	s.replace(append(all[:min(n, len(all))], make([]byte, max(0, n-len(all)))...))
}
