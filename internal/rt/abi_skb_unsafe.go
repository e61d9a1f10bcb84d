// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

import "unsafe"

// The functions below do what their namesakes in abi.Funcs say; those that
// return an int64 return a negative errno when they fail.

// SKBStoreBytes copies n bytes from src to off in a packet.
func SKBStoreBytes(skb unsafe.Pointer, off int, src unsafe.Pointer, n int, flags uint64) int64

// SKBPullData makes the first n bytes of a packet linear and its own.
func SKBPullData(skb unsafe.Pointer, n int) int64

// SKBChangeHead puts n zero bytes in front of a packet.
func SKBChangeHead(skb unsafe.Pointer, n int) int64

// SKBChangeTail makes a packet n bytes long.
func SKBChangeTail(skb unsafe.Pointer, n int) int64

// SKBChangeProto changes a packet between IPv4 and IPv6.
func SKBChangeProto(skb unsafe.Pointer, proto uint32) int64

// SKBChangeType changes a packet's type, PACKET_HOST and so on.
func SKBChangeType(skb unsafe.Pointer, typ uint32) int64

// SKBAdjustRoom inserts or removes bytes behind a header.
func SKBAdjustRoom(skb unsafe.Pointer, delta int, mode uint32, flags uint64) int64

// SKBVLANPush adds a VLAN tag.
func SKBVLANPush(skb unsafe.Pointer, proto, tci uint32) int64

// SKBVLANPop removes the outermost VLAN tag.
func SKBVLANPop(skb unsafe.Pointer) int64

// L3CsumReplace corrects the checksum at off.
func L3CsumReplace(skb unsafe.Pointer, off int, diff uint32) int64

// L4CsumReplace corrects the transport checksum at off.
func L4CsumReplace(skb unsafe.Pointer, off int, diff uint32, flags uint64) int64

// CsumUpdate corrects the checksum that hardware computed.
func CsumUpdate(skb unsafe.Pointer, diff uint32) int64

// GetHashRecalc returns the hash of a packet's flow, computed if need be.
func GetHashRecalc(skb unsafe.Pointer) uint32

// SetHash sets the hash of a packet's flow.
func SetHash(skb unsafe.Pointer, hash uint32)

// SetHashInvalid forgets the hash of a packet's flow.
func SetHashInvalid(skb unsafe.Pointer)

// CloneRedirect sends a copy of a packet.
func CloneRedirect(skb unsafe.Pointer, ifindex uint32, flags uint64) int64

// Redirect says where the verdict TC_ACT_REDIRECT sends the packet; it returns
// a verdict.
func Redirect(skb unsafe.Pointer, ifindex uint32, flags uint64) uint32

// RedirectPeer is Redirect to an interface's peer.
func RedirectPeer(skb unsafe.Pointer, ifindex uint32) uint32

// RedirectNeigh is Redirect to a next hop, 20 bytes, or for nil the packet's
// destination.
func RedirectNeigh(skb unsafe.Pointer, ifindex uint32, hop unsafe.Pointer) uint32

// SKBFIBLookup looks up a route for the 64 bytes at params, and writes it there.
func SKBFIBLookup(skb, params unsafe.Pointer, flags uint32) int64

// XDPFIBLookup is SKBFIBLookup for XDP.
func XDPFIBLookup(xdp, params unsafe.Pointer, flags uint32) int64

// XDPAdjustMeta moves where a packet's metadata begins by delta bytes.
func XDPAdjustMeta(xdp unsafe.Pointer, delta int) int64

// SKBLoadMeta copies at most n bytes of a packet's metadata; it returns how many
// there are.
func SKBLoadMeta(skb, dst unsafe.Pointer, n int) int64

// SKBTstampType is the clock of a packet's time stamp.
func SKBTstampType(skb unsafe.Pointer) uint32

// SKBNapiID is the id of the queue that received a packet.
func SKBNapiID(skb unsafe.Pointer) uint32
