// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// RouteQuery is what a program asks the simulated machine's routing tables.
type RouteQuery struct {
	Src, Dst         netip.Addr
	Ifindex          uint32
	Protocol         uint8
	SrcPort, DstPort uint16
	Flags            rex.FIBFlags
	// Len is the packet's length from the IP header on, 0 when it was not given.
	Len uint16
}

// Route is the answer.
type Route struct {
	Ifindex uint32
	// NextHop is the router; the zero Addr stands for the destination itself.
	NextHop netip.Addr
	// Src is the source address that rex.FIBSource asks for.
	Src            netip.Addr
	MTU            uint16
	Metric         uint32
	SrcMAC, DstMAC [6]byte
}

// SetRoutes gives the simulated machine routing tables until the test ends.
// Without it no packet is forwarded.
func SetRoutes(t testing.TB, lookup func(RouteQuery) (Route, rex.FIBResult)) {
	t.Helper()
	simulated(t, "SetRoutes")
	old := sim.SetFIB(func(p *[64]byte, flags uint32) uint32 {
		le := binary.LittleEndian
		addr := func(at int) netip.Addr {
			if p[0] == 2 {
				return netip.AddrFrom4([4]byte(p[at:]))
			}
			return netip.AddrFrom16([16]byte(p[at:]))
		}
		r, result := lookup(RouteQuery{
			Src: addr(16), Dst: addr(32), Ifindex: le.Uint32(p[8:]), Protocol: p[1],
			SrcPort: binary.BigEndian.Uint16(p[2:]), DstPort: binary.BigEndian.Uint16(p[4:]), Len: le.Uint16(p[6:]), Flags: rex.FIBFlags(flags),
		})
		if result == rex.FIBFragmentationNeeded {
			le.PutUint16(p[6:], r.MTU)
		}
		if result != rex.FIBSuccess && result != rex.FIBNoNeighbour {
			return uint32(result)
		}
		le.PutUint32(p[8:], r.Ifindex)
		le.PutUint32(p[12:], r.Metric)
		if rex.FIBFlags(flags)&rex.FIBSource != 0 && r.Src.IsValid() {
			copy(p[16:], r.Src.AsSlice())
		}
		if hop := r.NextHop; hop.Is4() {
			p[0] = 2
			copy(p[32:], hop.AsSlice())
		} else if hop.IsValid() {
			p[0] = 10
			copy(p[32:], hop.AsSlice())
		}
		if result == rex.FIBNoNeighbour {
			return uint32(result) // the rest is left as it was
		}
		if rex.FIBFlags(flags)&rex.FIBSkipNeighbour == 0 {
			copy(p[52:], r.SrcMAC[:])
			copy(p[58:], r.DstMAC[:])
		}
		clear(p[48:52])
		if r.MTU != 0 {
			le.PutUint16(p[6:], r.MTU)
		}
		return uint32(result)
	})
	t.Cleanup(func() { sim.SetFIB(old) })
}
