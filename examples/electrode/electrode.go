// SPDX-License-Identifier: Apache-2.0

// Package electrode takes the common case of a replication protocol (Multi-Paxos,
// Viewstamped Replication) into the kernel, after Electrode (Zhou et al., NSDI
// 2023): the leader's broadcast, the followers' acknowledgement, and the wait for
// a quorum. What is not the common case goes to the replicas in user space, as if
// nothing were there.
package electrode

import (
	"math/bits"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// Port is the UDP port of every replica.
const Port = 7077

// Limits.
const (
	MaxFollowers = 16
	MaxData      = 64   // bytes of an operation
	Window       = 4096 // operations that may be waited for at a time
)

// Kind is a message's.
type Kind uint8

// The kinds of messages of the common case; user space may have others.
const (
	Prepare   Kind = 1 // leader to followers: an operation follows
	PrepareOK Kind = 2 // follower to leader: it is in my log
)

// Header is how a message begins.
type Header struct {
	Kind Kind
	Node uint8 // follower that sends PrepareOK
	Len  packet.BE16
	View packet.BE64
	Op   packet.BE64 // operations of a view are numbered without gaps
}

// Follower is what the leader's kernel knows of a follower.
type Follower struct {
	Ifindex uint32 // interface that leads to it
	IP      packet.IPv4Addr
	SrcIP   packet.IPv4Addr // the leader's address there
	MAC     packet.MAC
	SrcMAC  packet.MAC
	Used    uint32 // 1: this entry is used
}

// Replica is what a follower's kernel knows of itself. User space sets it when
// there is a new view, and otherwise reads it.
type Replica struct {
	Lock   rex.SpinLock
	Number uint32
	View   uint64
	Last   uint64 // the operation that was appended last
}

// Wait is an operation that the leader waits for.
type Wait struct {
	Lock rex.SpinLock
	Seen uint32 // a bit for each follower that has it
	View uint64
	Op   uint64
}

// Entry is an operation that a follower's kernel has appended and acknowledged.
// User space finds all of them in log, in order.
type Entry struct {
	Number uint32
	Len    uint32 // of Data
	View   uint64
	Op     uint64
	Data   [MaxData]byte
}

// The rows of stats.
const (
	Copies       = iota // of Prepare, sent to further followers
	Acknowledged        // Prepare that a follower's kernel has appended
	Slow                // Prepare for a follower's user space
	Passed              // PrepareOK that made a quorum
	Absorbed            // PrepareOK before and after the one that did
	NumStats
)

var (
	followers = rex.NewArray[Follower](MaxFollowers)
	quorum    = rex.NewArray[uint32](1) // how many PrepareOK make one
	waits     = rex.NewArray[Wait](Window)
	replicas  = rex.NewHash[packet.IPv4Addr, Replica](MaxFollowers)
	log       = rex.NewRingBuf(1 << 20)
	stats     = rex.NewPerCPUArray[uint64](NumStats)
)

// message is a packet that holds one, taken apart.
type message struct {
	eth  *packet.Ethernet
	ip   *packet.IPv4
	udp  *packet.UDP
	head *Header
	data []byte
}

// parse returns the message of a kind that a packet holds.
func parse(b []byte, kind Kind) (m message, ok bool) {
	m.eth, b, ok = packet.ParseEthernet(b)
	if !ok || m.eth.EtherType() != packet.EtherTypeIPv4 {
		return m, false
	}
	m.ip, b, ok = packet.ParseIPv4(b)
	if !ok || m.ip.Protocol != packet.ProtoUDP || m.ip.HeaderLen() != 20 || m.ip.FragmentOffset() != 0 || m.ip.MoreFragments() {
		return m, false
	}
	m.udp, b, ok = packet.ParseUDP(b)
	if !ok || m.udp.DstPort.Get() != Port {
		return m, false
	}
	m.head, ok = rex.View[Header](b)
	if !ok || m.head.Kind != kind {
		return m, false
	}
	m.data = b[headerSize:]
	return m, int(m.head.Len.Get()) <= min(len(m.data), MaxData)
}

const headerSize = 1 + 1 + 2 + 8 + 8

// Broadcast is for the leader, on the way out of the interface to follower 0: it
// sends what goes there to the other followers, too.
//
//rex:tc
func Broadcast(ctx *tc.Context) tc.Action {
	first := followers.Lookup(0)
	m, ok := parse(ctx.Data(), Prepare)
	if !ok || m.ip.Dst != first.IP {
		return tc.Unspec
	}
	expect(m.head.View.Get(), m.head.Op.Get())
	for i := uint32(1); i < MaxFollowers; i++ {
		f := followers.Lookup(i)
		if f.Used == 0 {
			break
		}
		if m, ok = parse(ctx.Data(), Prepare); !ok {
			break
		}
		m.address(f)
		if ctx.CloneRedirect(f.Ifindex, 0) == nil { // its copy is its own from here on
			*stats.Lookup(Copies)++
		}
	}
	if m, ok = parse(ctx.Data(), Prepare); ok {
		m.address(first)
	}
	return tc.Unspec
}

// address makes a follower the receiver. The datagram goes without a checksum:
// what it holds stays on this network.
func (m message) address(f *Follower) {
	m.eth.Dst, m.eth.Src = f.MAC, f.SrcMAC
	m.ip.SetDst(f.IP)
	m.ip.SetSrc(f.SrcIP)
	m.udp.Checksum.Set(0)
}

// expect begins to wait for an operation; sent again, it is waited for again.
func expect(view, op uint64) {
	w := waits.Lookup(uint32(op % Window))
	w.Lock.Lock()
	defer w.Lock.Unlock()
	w.View, w.Op, w.Seen = view, op, 0
}

// Acknowledge is for followers. An operation that is the next one of the view is
// appended to the log and acknowledged at once; so is one that was appended
// before. All else is for user space.
//
//rex:xdp
func Acknowledge(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	m, ok := parse(b, Prepare)
	if !ok {
		return xdp.Pass
	}
	r := replicas.Lookup(m.ip.Dst)
	if r == nil {
		return xdp.Pass
	}
	if !r.accept(m) {
		*stats.Lookup(Slow)++
		return xdp.Pass
	}
	*stats.Lookup(Acknowledged)++
	m.eth.Dst, m.eth.Src = m.eth.Src, m.eth.Dst
	m.ip.Dst, m.ip.Src = m.ip.Src, m.ip.Dst
	m.udp.DstPort, m.udp.SrcPort = m.udp.SrcPort, m.udp.DstPort
	m.udp.Checksum.Set(0)
	m.head.Kind, m.head.Node = PrepareOK, uint8(r.Number)
	return xdp.TX
}

// accept appends an operation.
func (r *Replica) accept(m message) bool {
	view, op := m.head.View.Get(), m.head.Op.Get()
	r.Lock.Lock()
	defer r.Lock.Unlock()
	if view != r.View || op > r.Last+1 {
		return false
	}
	if op <= r.Last {
		return true
	}
	rec := rex.Reserve[Entry](log)
	if rec == nil {
		return false // user space has fallen behind; it will answer itself
	}
	e := &rec.Value
	e.Number, e.View, e.Op, e.Len = r.Number, view, op, uint32(m.head.Len.Get())
	copy(e.Data[:], m.data[:e.Len])
	rec.Submit()
	r.Last = op
	return true
}

// Quorum is for the leader, where the followers' messages come in: of the
// acknowledgements of an operation only the one that makes the quorum passes.
//
//rex:xdp
func Quorum(ctx *xdp.Context) xdp.Action {
	m, ok := parse(ctx.Data(), PrepareOK)
	if !ok || m.head.Node >= MaxFollowers {
		return xdp.Pass
	}
	w := waits.Lookup(uint32(m.head.Op.Get() % Window))
	if w.add(m.head) {
		*stats.Lookup(Passed)++
		return xdp.Pass
	}
	*stats.Lookup(Absorbed)++
	return xdp.Drop
}

// add counts an acknowledgement and reports whether it makes the quorum.
func (w *Wait) add(h *Header) bool {
	w.Lock.Lock()
	defer w.Lock.Unlock()
	bit := uint32(1) << h.Node
	if w.View != h.View.Get() || w.Op != h.Op.Get() || w.Seen&bit != 0 {
		return false
	}
	w.Seen |= bit
	return uint32(bits.OnesCount32(w.Seen)) == *quorum.Lookup(0)
}
