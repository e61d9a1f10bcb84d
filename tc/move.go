// SPDX-License-Identifier: Apache-2.0

package tc

// Calls that move the packet's bytes say so. After one, slices from Data show
// the bytes as they were, or were moved to; what is written to them may be lost.
// They are never a memory error: the old bytes stay until the invocation ends.
// Take a new slice.
//
// A PREEMPT_RT kernel makes these calls only without a lock held; otherwise they
// return rex.ErrBusy there, or have no memory.

// StoreFlags say what StoreBytes does besides storing.
type StoreFlags uint64

const (
	// RecomputeChecksum corrects the checksum that hardware computed over the
	// packet, if it did (BPF_F_RECOMPUTE_CSUM). The checksums in the packet's
	// headers are not touched.
	RecomputeChecksum StoreFlags = 1
	// InvalidateHash forgets the hash of the packet's flow
	// (BPF_F_INVALIDATE_HASH).
	InvalidateHash StoreFlags = 2
)

// L4Flags say how ReplaceL4Checksum reads its arguments.
type L4Flags uint64

const (
	// PseudoHeader: what has changed is part of the pseudo-header, an address
	// for example (BPF_F_PSEUDO_HDR).
	PseudoHeader L4Flags = 1 << 4
	// MangledZero: a checksum of zero stands for none and stays, and one that
	// becomes zero is written as 0xffff, as UDP has it (BPF_F_MARK_MANGLED_0).
	MangledZero L4Flags = 1 << 5
	// Enforce: with MangledZero, a checksum of zero is corrected, too
	// (BPF_F_MARK_ENFORCE).
	Enforce L4Flags = 1 << 6
	// IPv6: the change to the pseudo-header is of an IPv6 address, which no
	// header checksum makes up for (BPF_F_IPV6).
	IPv6 L4Flags = 1 << 7
)

// RoomMode says where AdjustRoom inserts and removes bytes.
type RoomMode uint32

const (
	// RoomNet: behind the IPv4 or IPv6 header, without options and extension
	// headers (BPF_ADJ_ROOM_NET).
	RoomNet RoomMode = 0
	// RoomMAC: behind the link-layer header (BPF_ADJ_ROOM_MAC).
	RoomMAC RoomMode = 1
)

// RoomFlags say what the bytes of AdjustRoom are for.
type RoomFlags uint64

const (
	// FixedGSO leaves the size of segments as it is (BPF_F_ADJ_ROOM_FIXED_GSO).
	FixedGSO RoomFlags = 1 << iota
	// EncapIPv4 and EncapIPv6: the room is for an outer IP header
	// (BPF_F_ADJ_ROOM_ENCAP_L3_).
	EncapIPv4
	EncapIPv6
	// EncapGRE and EncapUDP: and for this behind it (BPF_F_ADJ_ROOM_ENCAP_L4_).
	EncapGRE
	EncapUDP
	// NoChecksumReset keeps what hardware said about checksums
	// (BPF_F_ADJ_ROOM_NO_CSUM_RESET).
	NoChecksumReset
	// EncapEthernet: the inner link-layer header is Ethernet
	// (BPF_F_ADJ_ROOM_ENCAP_L2_ETH).
	EncapEthernet
	// DecapIPv4 and DecapIPv6: with an outer header removed, the packet is of
	// this version of IP (BPF_F_ADJ_ROOM_DECAP_L3_).
	DecapIPv4
	DecapIPv6
)

// EncapL2 is the flag for an inner link-layer header of n bytes, at most 255
// (BPF_F_ADJ_ROOM_ENCAP_L2).
func EncapL2(n uint8) RoomFlags { return RoomFlags(n) << 56 }

// RedirectFlags say how a packet gets to an interface.
type RedirectFlags uint64

// FromIngress: the packet comes in there, rather than going out
// (BPF_F_INGRESS).
const FromIngress RedirectFlags = 1

// NextHop is the router that a packet goes to.
type NextHop struct {
	family uint32
	addr   [16]byte
}

// NextHop4 returns a next hop by its IPv4 address.
func NextHop4(addr [4]byte) NextHop {
	h := NextHop{family: familyInet}
	copy(h.addr[:], addr[:])
	return h
}

// NextHop6 returns a next hop by its IPv6 address.
func NextHop6(addr [16]byte) NextHop { return NextHop{familyInet6, addr} }

// Families of addresses, as Linux numbers them.
const (
	familyInet  = 2
	familyInet6 = 10
)
