// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
)

// network is what the routes are that scenarios look up; see makeNetwork.
const network = `
addr add 192.0.2.1/24 dev parity0
addr add 2001:db8::1/64 dev parity0 nodad
neigh add 192.0.2.2 lladdr 02:00:00:00:00:bb dev parity0 nud permanent
neigh add 2001:db8::2 lladdr 02:00:00:00:00:cc dev parity0 nud permanent
route add blackhole 198.51.100.0/25
route add unreachable 198.51.100.128/26
route add prohibit 198.51.100.192/26
route add 203.0.113.0/24 via 192.0.2.2 metric 77
route add 203.0.114.0/24 via inet6 2001:db8::2 dev parity0
-6 route add blackhole 2001:db8:1::/48
-6 route add 2001:db8:2::/48 via 2001:db8::2 metric 78
`

// makeNetwork makes it in the kernel and returns the interface's index.
func makeNetwork(t *testing.T) (ifindex uint32) {
	t.Helper()
	t.Cleanup(func() {
		kit.Command(t, "ip", "link", "del", "parity0")
		kit.Command(t, "ip", "route", "flush", "root", "198.51.100.0/24")
		kit.Command(t, "ip", "-6", "route", "flush", "root", "2001:db8:1::/48")
	})
	kit.Command(t, "ip", strings.Fields("link add parity0 address 02:00:00:00:00:aa type veth peer name parity1")...)
	kit.Command(t, "ip", "link", "set", "parity1", "up")
	kit.Command(t, "ip", "link", "set", "parity0", "up")
	// The kernel notices some time later that there is a carrier; before that an
	// interface gets no routes of IPv6.
	for range 6000 {
		if state, err := os.ReadFile("/sys/class/net/parity0/operstate"); err != nil || string(state) == "up\n" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for line := range strings.Lines(network) {
		if words := strings.Fields(line); len(words) > 0 {
			kit.Command(t, "ip", words...)
		}
	}
	for _, version := range []string{"ipv4", "ipv6"} {
		if err := os.WriteFile("/proc/sys/net/"+version+"/conf/parity0/forwarding", []byte("1"), 0); err != nil {
			t.Fatal(err)
		}
	}
	dev, err := net.InterfaceByName("parity0")
	if err != nil {
		t.Fatal(err)
	}
	return uint32(dev.Index)
}

// simulateNetwork makes it on the simulated machine.
func simulateNetwork(t *testing.T, ifindex uint32) {
	t.Helper()
	rextest.SetInterfaces(t, 1, ifindex)
	rextest.SetRoutes(t, func(q rextest.RouteQuery) (rextest.Route, rex.FIBResult) {
		if q.Ifindex != ifindex {
			return rextest.Route{}, rex.FIBForwardingDisabled
		}
		r := rextest.Route{Ifindex: ifindex, MTU: 1500, SrcMAC: [6]byte{2, 5: 0xaa}, DstMAC: [6]byte{2, 5: 0xbb}, Src: netip.MustParseAddr("192.0.2.1")}
		result := rex.FIBSuccess
		switch q.Dst.String() {
		case "192.0.2.2":
		case "192.0.2.9":
			result = rex.FIBNoNeighbour
		case "198.51.100.1", "2001:db8:1::1":
			result = rex.FIBBlackhole
		case "198.51.100.129":
			result = rex.FIBUnreachable
		case "198.51.100.193":
			result = rex.FIBProhibit
		case "203.0.113.5":
			r.NextHop, r.Metric = netip.MustParseAddr("192.0.2.2"), 77
		case "203.0.114.5":
			r.NextHop, r.DstMAC[5] = netip.MustParseAddr("2001:db8::2"), 0xcc
		case "2001:db8::2":
			r.Metric, r.DstMAC[5] = 256, 0xcc
		case "2001:db8::9":
			r.Metric = 256
			result = rex.FIBNoNeighbour
		case "2001:db8:2::5":
			r.NextHop, r.Metric, r.DstMAC[5] = netip.MustParseAddr("2001:db8::2"), 78, 0xcc
		default: // the machine's own addresses, and what is nowhere
			result = rex.FIBNotForwarded
		}
		if q.Dst.Is6() {
			r.Src = netip.MustParseAddr("2001:db8::1")
		}
		if result == rex.FIBSuccess && q.Len > r.MTU {
			result = rex.FIBFragmentationNeeded
		}
		return r, result
	})
}
