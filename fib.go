// SPDX-License-Identifier: Apache-2.0

package rex

import "encoding/binary"

// FIBResult says what the routing tables say about a packet
// (BPF_FIB_LKUP_RET_ in include/uapi/linux/bpf.h).
type FIBResult uint32

const (
	// FIBSuccess: it is to be forwarded, with addresses that are known.
	FIBSuccess FIBResult = iota
	// FIBBlackhole, FIBUnreachable and FIBProhibit: routes that drop it.
	FIBBlackhole
	FIBUnreachable
	FIBProhibit
	// FIBNotForwarded: it is for this machine, or nobody knows where it goes.
	FIBNotForwarded
	// FIBForwardingDisabled: the interface does not forward.
	FIBForwardingDisabled
	// FIBUnsupportedTunnel: the route encapsulates packets.
	FIBUnsupportedTunnel
	// FIBNoNeighbour: the next hop's link-layer address is not known yet. Let
	// the packet through, and the kernel finds out.
	FIBNoNeighbour
	// FIBFragmentationNeeded: it is longer than the MTU, which MTU returns.
	FIBFragmentationNeeded
	// FIBNoSource: there is no source address (FIBSource).
	FIBNoSource
)

// String returns the constant's name without "FIB".
func (r FIBResult) String() string {
	switch r {
	case FIBSuccess:
		return "Success"
	case FIBBlackhole:
		return "Blackhole"
	case FIBUnreachable:
		return "Unreachable"
	case FIBProhibit:
		return "Prohibit"
	case FIBNotForwarded:
		return "NotForwarded"
	case FIBForwardingDisabled:
		return "ForwardingDisabled"
	case FIBUnsupportedTunnel:
		return "UnsupportedTunnel"
	case FIBNoNeighbour:
		return "NoNeighbour"
	case FIBFragmentationNeeded:
		return "FragmentationNeeded"
	case FIBNoSource:
		return "NoSource"
	}
	return "FIBResult(invalid)"
}

// FIBFlags say how a route is looked up (BPF_FIB_LOOKUP_ in
// include/uapi/linux/bpf.h).
type FIBFlags uint32

const (
	// FIBDirect looks at the main table, or FIBTable's, rather than at the rules.
	FIBDirect FIBFlags = 1 << iota
	// FIBOutput looks up as for a packet that leaves through the interface.
	FIBOutput
	// FIBSkipNeighbour does not look for link-layer addresses.
	FIBSkipNeighbour
	// FIBTable: with FIBDirect, the table of SetTable.
	FIBTable
	// FIBSource finds the source address, too.
	FIBSource
	// FIBMark: the rules see the mark of SetMark.
	FIBMark
)

// FIBParams is what a route is looked up for, and then the route: the kernel's
// struct bpf_fib_lookup. FIBLookup of package xdp and of package tc looks up and
// overwrites it; what was asked is gone then.
type FIBParams struct {
	_   [0]uint64 // aligned like the kernel's
	raw [64]byte
}

// Offsets in struct bpf_fib_lookup.
const (
	fibFamily   = 0
	fibProtocol = 1
	fibSrcPort  = 2
	fibDstPort  = 4
	fibLen      = 6
	fibIfindex  = 8
	fibTOS      = 12
	fibSrc      = 16
	fibDst      = 32
	fibTable    = 48
	fibMark     = 52
	fibSrcMAC   = 52
	fibDstMAC   = 58
)

const (
	fibInet  = 2
	fibInet6 = 10
)

// NewFIBParams4 asks for the route of an IPv4 packet between two addresses that
// is at an interface, with FIBOutput before it leaves through it.
func NewFIBParams4(src, dst [4]byte, ifindex uint32) FIBParams {
	var p FIBParams
	p.raw[fibFamily] = fibInet
	copy(p.raw[fibSrc:], src[:])
	copy(p.raw[fibDst:], dst[:])
	binary.LittleEndian.PutUint32(p.raw[fibIfindex:], ifindex)
	return p
}

// NewFIBParams6 is NewFIBParams4 for IPv6.
func NewFIBParams6(src, dst [16]byte, ifindex uint32) FIBParams {
	var p FIBParams
	p.raw[fibFamily] = fibInet6
	copy(p.raw[fibSrc:], src[:])
	copy(p.raw[fibDst:], dst[:])
	binary.LittleEndian.PutUint32(p.raw[fibIfindex:], ifindex)
	return p
}

// SetTransport gives rules the transport protocol and the ports.
func (p *FIBParams) SetTransport(protocol uint8, src, dst uint16) {
	p.raw[fibProtocol] = protocol
	binary.BigEndian.PutUint16(p.raw[fibSrcPort:], src)
	binary.BigEndian.PutUint16(p.raw[fibDstPort:], dst)
}

// SetLen gives the length of the packet from the IP header on, which is compared
// with the MTU; without it the packet itself is at TC, nothing at XDP.
func (p *FIBParams) SetLen(n uint16) { binary.LittleEndian.PutUint16(p.raw[fibLen:], n) }

// SetTOS gives the type of service of an IPv4 packet.
func (p *FIBParams) SetTOS(tos uint8) { p.raw[fibTOS] = tos }

// SetFlowInfo gives traffic class and flow label of an IPv6 packet.
func (p *FIBParams) SetFlowInfo(v uint32) { binary.BigEndian.PutUint32(p.raw[fibTOS:], v) }

// SetTable gives the table's number for FIBTable.
func (p *FIBParams) SetTable(id uint32) { binary.LittleEndian.PutUint32(p.raw[fibTable:], id) }

// SetMark gives the mark for FIBMark.
func (p *FIBParams) SetMark(mark uint32) { binary.LittleEndian.PutUint32(p.raw[fibMark:], mark) }

// Ifindex returns the interface the packet is to leave through.
func (p *FIBParams) Ifindex() uint32 { return binary.LittleEndian.Uint32(p.raw[fibIfindex:]) }

// MTU returns the route's MTU in bytes, when it was compared.
func (p *FIBParams) MTU() uint16 { return binary.LittleEndian.Uint16(p.raw[fibLen:]) }

// Metric returns the route's metric.
func (p *FIBParams) Metric() uint32 { return binary.LittleEndian.Uint32(p.raw[fibTOS:]) }

// IsIPv6 reports whether the next hop has an IPv6 address, which may be so for
// IPv4 packets.
func (p *FIBParams) IsIPv6() bool { return p.raw[fibFamily] == fibInet6 }

// Src4 returns the source address, Src6 that of IPv6; see FIBSource.
func (p *FIBParams) Src4() [4]byte { return [4]byte(p.raw[fibSrc:]) }

// Src6 returns the source address of IPv6.
func (p *FIBParams) Src6() [16]byte { return [16]byte(p.raw[fibSrc:]) }

// NextHop4 returns the next hop: the router, or the destination.
func (p *FIBParams) NextHop4() [4]byte { return [4]byte(p.raw[fibDst:]) }

// NextHop6 returns the next hop's IPv6 address.
func (p *FIBParams) NextHop6() [16]byte { return [16]byte(p.raw[fibDst:]) }

// SrcMAC returns the interface's link-layer address.
func (p *FIBParams) SrcMAC() [6]byte { return [6]byte(p.raw[fibSrcMAC:]) }

// DstMAC returns the next hop's link-layer address.
func (p *FIBParams) DstMAC() [6]byte { return [6]byte(p.raw[fibDstMAC:]) }
