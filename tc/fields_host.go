// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package tc

import (
	"hash/fnv"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/packet"
)

// ChangeType says whom the packet is for: PACKET_HOST (0), PACKET_BROADCAST (1),
// PACKET_MULTICAST (2) or PACKET_OTHERHOST (3); rex.ErrInvalid when it is, or was,
// of another type (bpf_skb_change_type).
func (c *Context) ChangeType(packetType uint32) error {
	s := c.state()
	const otherHost = 3
	if s.PacketType > otherHost || packetType > otherHost {
		return rex.ErrInvalid
	}
	s.PacketType = packetType
	return nil
}

// UpdateChecksum corrects the checksum that hardware computed over the packet after
// bytes were written through Data; rex.ErrNotSupported when it has computed none
// (bpf_csum_update).
func (c *Context) UpdateChecksum(d packet.Diff) error {
	c.state()
	return rex.ErrNotSupported // a simulated packet has no such checksum
}

// RecalcHash returns the hash of the packet's flow, computed if it was not before or
// was forgotten (bpf_get_hash_recalc).
func (c *Context) RecalcHash() uint32 {
	s := c.state()
	if s.Hash == 0 {
		h := fnv.New32a()
		h.Write(s.Linear)
		s.Hash = max(h.Sum32(), 1)
	}
	return s.Hash
}

// SetHash sets the hash of the packet's flow (bpf_set_hash).
func (c *Context) SetHash(hash uint32) {
	c.state().Hash = hash
}

// InvalidateHash forgets the hash of the packet's flow, after its addresses or ports
// were changed (bpf_set_hash_invalid).
func (c *Context) InvalidateHash() {
	c.state().Hash = 0
}

// Redirect returns the verdict that sends the packet to an interface: the constant
// Redirect, or Shot for other flags (bpf_redirect). Where there is no such interface
// the packet is dropped.
func (c *Context) Redirect(ifindex uint32, flags RedirectFlags) Action {
	s := c.state()
	if flags&^FromIngress != 0 {
		return Shot
	}
	s.Target = &sim.Target{Ifindex: ifindex, Ingress: flags&FromIngress != 0}
	return Redirect
}

// RedirectPeer returns the verdict that hands the packet to the other end of a pair
// of interfaces, in another network namespace, as if it had come in there; only on
// ingress (bpf_redirect_peer). Where there is no such interface the packet is
// dropped.
func (c *Context) RedirectPeer(ifindex uint32) Action {
	c.state().Target = &sim.Target{Ifindex: ifindex, Peer: true}
	return Redirect
}

// RedirectNeighbour returns the verdict that sends the packet out of an interface
// with the link-layer header that its destination, on that network, has
// (bpf_redirect_neigh).
func (c *Context) RedirectNeighbour(ifindex uint32) Action {
	c.state().Target = &sim.Target{Ifindex: ifindex, Neighbour: true}
	return Redirect
}

// RedirectNextHop is RedirectNeighbour to a router (bpf_redirect_neigh).
func (c *Context) RedirectNextHop(ifindex uint32, hop NextHop) Action {
	c.state().Target = &sim.Target{Ifindex: ifindex, Neighbour: true, IPv6: hop.family == familyInet6, NextHop: hop.addr}
	return Redirect
}

// FIBLookup looks up the route that p asks for, and writes it to p
// (bpf_fib_lookup). Without a length in p it compares the packet with the route's
// MTU. The error is rex.ErrInvalid for other flags and contradictions in p, or
// another rex.Errno.
func (c *Context) FIBLookup(p *rex.FIBParams, flags rex.FIBFlags) (rex.FIBResult, error) {
	c.state()
	return lookupFIB(p, flags)
}

// LoadMeta copies the metadata that an XDP program left in front of the packet
// (xdp.Context.AdjustMeta), zeroes what of dst it does not fill, and returns how many
// bytes of metadata there are: __sk_buff.data_meta. They are lost when the packet is
// moved.
func (c *Context) LoadMeta(dst []byte) int {
	s := c.state()
	clear(dst[copy(dst, s.Meta):])
	return len(s.Meta)
}

// TstampType returns the clock that Tstamp is of: 0 real time, 1 monotonic, 2 TAI.
func (c *Context) TstampType() uint32 {
	return c.state().TstampType
}

// NapiID returns the id of the receive queue, which sockets can ask for, too
// (SO_INCOMING_NAPI_ID); 0 when there is none.
func (c *Context) NapiID() uint32 {
	return c.state().NapiID
}
