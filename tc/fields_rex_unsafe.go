// SPDX-License-Identifier: Apache-2.0

//go:build rex

package tc

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/rt"
	"github.com/rex-go/rex/packet"
)

// SAFETY (all uses of unsafe in this file): as in context_rex_unsafe.go; c.skb()
// panics for a nil c.

// ChangeType says whom the packet is for: PACKET_HOST (0), PACKET_BROADCAST (1),
// PACKET_MULTICAST (2) or PACKET_OTHERHOST (3); rex.ErrInvalid when it is, or was,
// of another type (bpf_skb_change_type).
func (c *Context) ChangeType(packetType uint32) error {
	return result(rt.SKBChangeType(c.skb(), packetType))
}

// UpdateChecksum corrects the checksum that hardware computed over the packet after
// bytes were written through Data; rex.ErrNotSupported when it has computed none
// (bpf_csum_update).
func (c *Context) UpdateChecksum(d packet.Diff) error {
	return result(rt.CsumUpdate(c.skb(), uint32(d)))
}

// RecalcHash returns the hash of the packet's flow, computed if it was not before or
// was forgotten (bpf_get_hash_recalc).
func (c *Context) RecalcHash() uint32 {
	return rt.GetHashRecalc(c.skb())
}

// SetHash sets the hash of the packet's flow (bpf_set_hash).
func (c *Context) SetHash(hash uint32) {
	rt.SetHash(c.skb(), hash)
}

// InvalidateHash forgets the hash of the packet's flow, after its addresses or ports
// were changed (bpf_set_hash_invalid).
func (c *Context) InvalidateHash() {
	rt.SetHashInvalid(c.skb())
}

// Redirect returns the verdict that sends the packet to an interface: the constant
// Redirect, or Shot for other flags (bpf_redirect). Where there is no such interface
// the packet is dropped.
func (c *Context) Redirect(ifindex uint32, flags RedirectFlags) Action {
	return Action(rt.Redirect(c.skb(), ifindex, uint64(flags)))
}

// RedirectPeer returns the verdict that hands the packet to the other end of a pair
// of interfaces, in another network namespace, as if it had come in there; only on
// ingress (bpf_redirect_peer). Where there is no such interface the packet is
// dropped.
func (c *Context) RedirectPeer(ifindex uint32) Action {
	return Action(rt.RedirectPeer(c.skb(), ifindex))
}

// RedirectNeighbour returns the verdict that sends the packet out of an interface
// with the link-layer header that its destination, on that network, has
// (bpf_redirect_neigh).
func (c *Context) RedirectNeighbour(ifindex uint32) Action {
	return Action(rt.RedirectNeigh(c.skb(), ifindex, nil))
}

// RedirectNextHop is RedirectNeighbour to a router (bpf_redirect_neigh).
func (c *Context) RedirectNextHop(ifindex uint32, hop NextHop) Action {
	// SAFETY: the helper reads a struct bpf_redir_neigh, which hop is.
	return Action(rt.RedirectNeigh(c.skb(), ifindex, unsafe.Pointer(&hop)))
}

// FIBLookup looks up the route that p asks for, and writes it to p
// (bpf_fib_lookup). Without a length in p it compares the packet with the route's
// MTU. The error is rex.ErrInvalid for other flags and contradictions in p, or
// another rex.Errno.
func (c *Context) FIBLookup(p *rex.FIBParams, flags rex.FIBFlags) (rex.FIBResult, error) {
	_ = *p // a nil p panics here
	// SAFETY: the helper reads and writes a struct bpf_fib_lookup, which *p is.
	r := rt.SKBFIBLookup(c.skb(), unsafe.Pointer(p), uint32(flags))
	if r < 0 {
		return 0, result(r)
	}
	return rex.FIBResult(r), nil
}

// LoadMeta copies the metadata that an XDP program left in front of the packet
// (xdp.Context.AdjustMeta), zeroes what of dst it does not fill, and returns how many
// bytes of metadata there are: __sk_buff.data_meta. They are lost when the packet is
// moved.
func (c *Context) LoadMeta(dst []byte) int {
	// SAFETY: the helper writes len(dst) bytes of dst.
	return int(rt.SKBLoadMeta(c.skb(), unsafe.Pointer(unsafe.SliceData(dst)), len(dst)))
}

// TstampType returns the clock that Tstamp is of: 0 real time, 1 monotonic, 2 TAI.
func (c *Context) TstampType() uint32 {
	return rt.SKBTstampType(c.skb())
}

// NapiID returns the id of the receive queue, which sockets can ask for, too
// (SO_INCOMING_NAPI_ID); 0 when there is none.
func (c *Context) NapiID() uint32 {
	return rt.SKBNapiID(c.skb())
}
