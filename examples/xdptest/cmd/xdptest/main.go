// SPDX-License-Identifier: Apache-2.0

// Command xdptest answers ARP, ping and UDP echo on an interface for an address
// that no machine has.
//
//	xdptest -iface eth0 -addr 192.0.2.77 xdptest.rexo
package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/xdptest"
	"github.com/rex-go/rex/loader"
)

func main() {
	var addr netip.Addr
	live.App{
		Name: "xdptest", Program: "Answer",
		Flags: func(fs *flag.FlagSet) {
			fs.TextVar(&addr, "addr", netip.Addr{}, "IPv4 `address` to answer for")
		},
		Setup: func(ext *loader.Extension) error {
			h, err := host(addr)
			if err != nil {
				return err
			}
			return live.Put(ext, "host", uint32(0), h)
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			sums, err := live.Sums(ext, "stats", xdptest.NumStats)
			if err != nil {
				return err
			}
			return show(w, addr, sums)
		},
	}.Main()
}

// host makes up a machine with an address.
func host(addr netip.Addr) (h xdptest.Host, err error) {
	if !addr.Is4() {
		return h, fmt.Errorf("%q is not an IPv4 address (-addr)", addr)
	}
	h.IP = addr.As4()
	rand.Read(h.MAC[:])
	h.MAC[0] = 2 // locally administered, of one machine
	return h, nil
}

// show prints what was answered.
func show(w io.Writer, addr netip.Addr, sums []uint64) error {
	_, err := fmt.Fprintf(w, "%v: arp %d  ping %d  echo %d  dropped %d\n", addr,
		sums[xdptest.ARP], sums[xdptest.Ping], sums[xdptest.Echo], sums[xdptest.Dropped])
	return err
}
