// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/test/parity/testdata/fields"
)

// datagramCase is a UDP datagram on the loopback interface, from a socket to
// itself.
type datagramCase struct {
	name     string
	addr     netip.Addr
	dir      loader.Direction
	scenario int
	priority int
	size     int
	segment  int // of UDP_SEGMENT, 0 for none
}

var (
	localhost4 = netip.MustParseAddr("127.0.0.1")
	localhost6 = netip.IPv6Loopback()
)

var datagrams = []datagramCase{
	{"sent", localhost4, loader.Egress, 0, 5, 100, 0},
	{"received", localhost4, loader.Ingress, 0, 5, 100, 0},
	{"sent with IPv6", localhost6, loader.Egress, 0, 3, 50, 0},
	{"received with IPv6", localhost6, loader.Ingress, 0, 3, 50, 0},
	{"sent in segments", localhost4, loader.Egress, 0, 0, 1000, 300},
	{"sent in segments that are changed", localhost4, loader.Egress, 1, 0, 1000, 300},
	{"sent in pages", localhost4, loader.Egress, 2, 0, 1000, 300},
	{"sent in segments with IPv6", localhost6, loader.Egress, 1, 0, 900, 300},
}

// payload is the datagram.
func payload(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

const liveMark = 0x7ea1

// ports of the sockets: the local one of the connected socket, and where it sends.
type ports struct{ local, remote uint16 }

// skb is the packet as user space knows it.
func (c datagramCase) skb(p ports) rextest.SKB {
	const established, header = 1, 14
	family := unix.AF_INET
	net := rextest.Layer(rextest.IPv4{Src: c.addr, Dst: c.addr})
	if c.addr.Is6() {
		family, net = unix.AF_INET6, rextest.IPv6{Src: c.addr, Dst: c.addr}
	}
	s := rextest.SKB{
		Data: rextest.Packet(rextest.Ethernet{}, net, rextest.UDP{SrcPort: p.local, DstPort: p.remote}, rextest.Payload(payload(c.size))),
		Mark: liveMark, Priority: uint32(c.priority), Ifindex: 1,
		Hash: 1, // of the socket
	}
	if c.segment != 0 {
		n := (c.size + c.segment - 1) / c.segment
		s.GSOSize, s.GSOSegs = uint16(c.segment), uint16(n)
		s.WireLen = uint32(len(s.Data) + (n-1)*(len(s.Data)-c.size))
		s.Data, s.Paged = s.Data[:len(s.Data)-c.size], s.Data[len(s.Data)-c.size:]
	}
	if c.dir == loader.Ingress {
		s.IngressIfindex, s.WireLen = 1, uint32(len(s.Data)-header)
		return s
	}
	s.Socket = &tc.Socket{Family: uint16(family), State: established, LocalPort: p.local, RemotePort: p.remote}
	if c.addr.Is4() {
		s.Socket.LocalIP4, s.Socket.RemoteIP4 = c.addr.As4(), c.addr.As4()
	} else {
		s.Socket.LocalIP6, s.Socket.RemoteIP6 = c.addr.As16(), c.addr.As16()
	}
	return s
}

func (c datagramCase) input() report.Input {
	return report.Input{Case: uint32(c.scenario), Args: [8]uint64{liveMark}}
}

func (c datagramCase) onHost(t *testing.T, p ports) told {
	t.Helper()
	o := tellHost(t, c.input(), func() (uint32, []byte) {
		rextest.RunTC(t, fields.Live, c.skb(p))
		return 0, nil
	})
	o.samples = hostSamples(t, fields.Samples)
	return o
}

// send sends the datagram. It returns the ports.
func (c datagramCase) send(t *testing.T, before func(ports)) {
	t.Helper()
	family := unix.AF_INET
	at := func(port uint16) unix.Sockaddr { return &unix.SockaddrInet4{Port: int(port), Addr: c.addr.As4()} }
	if c.addr.Is6() {
		family = unix.AF_INET6
		at = func(port uint16) unix.Sockaddr { return &unix.SockaddrInet6{Port: int(port), Addr: c.addr.As16()} }
	}
	socket := func() (fd int, port uint16) {
		fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.Bind(fd, at(0)); err != nil {
			t.Fatal(err)
		}
		name, err := unix.Getsockname(fd)
		if err != nil {
			t.Fatal(err)
		}
		switch a := name.(type) {
		case *unix.SockaddrInet4:
			port = uint16(a.Port)
		case *unix.SockaddrInet6:
			port = uint16(a.Port)
		}
		return fd, port
	}
	from, local := socket()
	_, remote := socket()
	if err := unix.Connect(from, at(remote)); err != nil {
		t.Fatal(err)
	}
	options := map[[2]int]int{{unix.SOL_SOCKET, unix.SO_MARK}: liveMark, {unix.SOL_SOCKET, unix.SO_PRIORITY}: c.priority}
	if c.segment != 0 {
		options[[2]int{unix.SOL_UDP, unix.UDP_SEGMENT}] = c.segment
	}
	for o, v := range options {
		if err := unix.SetsockoptInt(from, o[0], o[1], v); err != nil {
			t.Fatal(err)
		}
	}
	before(ports{local, remote})
	if _, err := unix.Write(from, payload(c.size)); err != nil {
		t.Fatal(err)
	}
}

// TestLiveHost compares the host implementation with golden/live.txt.
func TestLiveHost(t *testing.T) {
	all := map[string]told{}
	var names []string
	for _, c := range datagrams {
		all[c.name] = c.onHost(t, ports{4000, 4001})
		names = append(names, c.name)
	}
	golden(t, "live", names, all)
}

// TestVMLive compares the kernel with the host implementation on packets that the
// kernel has made.
func TestVMLive(t *testing.T) {
	kit.Need(t)
	ext := kit.Load(t, "fields", loader.Options{})
	samples := drain(t, ext, "Samples")
	for _, c := range datagrams {
		l, err := ext.AttachTC("Live", 1, c.dir)
		if err != nil {
			t.Fatal(err)
		}
		var want told
		got := tellKernel(t, ext, c.input(), func() (uint32, []byte) {
			c.send(t, func(p ports) { want = c.onHost(t, p) })
			return 0, nil
		})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		got.samples = samples()
		same(t, c.name, got, want)
	}
}
