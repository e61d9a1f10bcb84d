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
}

// Route is the answer.
type Route struct {
	Ifindex uint32
	// NextHop is the router; the zero Addr stands for the destination itself.
	NextHop        netip.Addr
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
			SrcPort: binary.BigEndian.Uint16(p[2:]), DstPort: binary.BigEndian.Uint16(p[4:]), Flags: rex.FIBFlags(flags),
		})
		le.PutUint16(p[6:], r.MTU)
		if result != rex.FIBSuccess && result != rex.FIBNoNeighbour {
			return uint32(result)
		}
		le.PutUint32(p[8:], r.Ifindex)
		le.PutUint32(p[12:], r.Metric)
		if hop := r.NextHop; hop.Is4() {
			p[0] = 2
			copy(p[32:], hop.AsSlice())
		} else if hop.IsValid() {
			p[0] = 10
			copy(p[32:], hop.AsSlice())
		}
		clear(p[48:])
		if result == rex.FIBSuccess {
			copy(p[52:], r.SrcMAC[:])
			copy(p[58:], r.DstMAC[:])
		}
		return uint32(result)
	})
	t.Cleanup(func() { sim.SetFIB(old) })
}
