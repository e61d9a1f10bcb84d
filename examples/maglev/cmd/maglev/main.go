// SPDX-License-Identifier: Apache-2.0

// Command maglev balances the datagrams for a service's address over backends
// and shows who gets how much.
//
//	maglev -iface eth0 -service 10.0.0.100:53 -backends 10.0.0.11,10.0.0.12 maglev.rexo
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/maglev"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/packet"
)

func main() {
	var iface, service, backends string
	live.App{
		Name: "maglev",
		Flags: func(fs *flag.FlagSet) {
			fs.StringVar(&iface, "iface", "", "network `interface` to attach to")
			fs.StringVar(&service, "service", "", "the service's `address:port`")
			fs.StringVar(&backends, "backends", "", "the backends' `addresses`, separated by commas")
		},
		Setup: func(ext *loader.Extension) error { return setup(ext, service, backends) },
		Attach: func(ext *loader.Extension) error {
			ifi, err := net.InterfaceByName(iface)
			if err != nil {
				return fmt.Errorf("find interface %q: %w", iface, err)
			}
			if _, err := ext.AttachTC("Return", ifi.Index, loader.Egress); err != nil {
				return err
			}
			_, err = ext.AttachXDP("Forward", ifi.Index, 0)
			return err
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			var list []maglev.Backend
			for i := range uint32(maglev.MaxBackends) {
				b, err := live.Get[maglev.Backend](ext, "backends", i)
				if err != nil {
					return err
				}
				list = append(list, b)
			}
			return show(w, list)
		},
	}.Main()
}

// setup fills the maps.
func setup(ext *loader.Extension, service, backends string) error {
	s, err := netip.ParseAddrPort(service)
	if err != nil || !s.Addr().Is4() {
		return fmt.Errorf("-service %q is not an IPv4 address and a port", service)
	}
	list, err := parse(backends)
	if err != nil {
		return err
	}
	if err := live.Put(ext, "service", uint32(0), maglev.Service{Addr: s.Addr().As4(), Port: packet.BE16{byte(s.Port() >> 8), byte(s.Port())}}); err != nil {
		return err
	}
	for i, b := range list {
		if err := live.Put(ext, "backends", uint32(i), b); err != nil {
			return err
		}
	}
	for i, n := range maglev.Table(list) {
		if err := live.Put(ext, "table", uint32(i), n); err != nil {
			return err
		}
	}
	return nil
}

// parse reads the addresses of backends.
func parse(s string) (list []maglev.Backend, err error) {
	for text := range strings.SplitSeq(s, ",") {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return nil, fmt.Errorf("backend %q is not an IPv4 address", text)
		}
		list = append(list, maglev.Backend{Addr: a.As4()})
	}
	if len(list) > maglev.MaxBackends {
		return nil, fmt.Errorf("%d backends are more than %d", len(list), maglev.MaxBackends)
	}
	return list, nil
}

// show prints the backends that there are, with bars for the packets.
func show(w io.Writer, list []maglev.Backend) error {
	var total uint64
	for _, b := range list {
		total += b.Packets
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "BACKEND\tCONNECTIONS\tPACKETS\t")
	for _, b := range list {
		if b.Addr != (packet.IPv4Addr{}) {
			fmt.Fprintf(tw, "%v\t%d\t%d\t%s\n", netip.AddrFrom4(b.Addr), b.Connections, b.Packets, strings.Repeat("█", int(40*b.Packets/max(total, 1))))
		}
	}
	return tw.Flush()
}
