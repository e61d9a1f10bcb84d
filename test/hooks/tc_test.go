// SPDX-License-Identifier: Apache-2.0

package hooks_test

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/netlab"
)

// packetSeen mirrors the extension's type Packet.
type packetSeen struct {
	Count, Bytes, Linear            uint64
	Len, Protocol, Mark, Priority   uint32
	Ifindex, IngressIfindex, Hash   uint32
	PacketType, WireLen, SocketPort uint32
	RemotePort, Family, HasSocket   uint32
	CB, QueueMapping, TCIndex       uint32
	ClassID, GSOSegs, VLANPresent   uint32
	GSOSize                         uint32
	Tstamp                          uint64
	RemoteIP                        [4]byte
	VLANTCI                         uint32
	First                           [16]byte
	Loaded                          [16]byte
}

// receiver is a UDP socket.
type receiver struct {
	*net.UDPConn
	port uint16
}

func listen(t *testing.T, addr netip.Addr, port uint16) *receiver {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &receiver{c, port}
}

// next returns the next datagram's payload.
func (r *receiver) next(t *testing.T) string {
	t.Helper()
	r.SetReadDeadline(time.Now().Add(kit.Patience))
	var buf [100]byte
	n, err := r.Read(buf[:])
	if err != nil {
		t.Fatalf("port %d: %v", r.port, err)
	}
	return string(buf[:n])
}

// none fails the test when there is a datagram.
func (r *receiver) none(t *testing.T) {
	t.Helper()
	r.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	var buf [100]byte
	if n, err := r.Read(buf[:]); err == nil {
		t.Errorf("port %d: received %q", r.port, buf[:n])
	}
}

func lab(t *testing.T, name string, n int) (*netlab.Pair, *net.Interface) {
	t.Helper()
	p, err := netlab.NewPair(name, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if err := p.Up(); err != nil {
		t.Fatal(err)
	}
	iface, err := net.InterfaceByName(p.Local)
	if err != nil {
		t.Fatal(err)
	}
	return p, iface
}

const payload = "rexo, thirty-two bytes of payload"

func TestVMTCIngress(t *testing.T) {
	needVM(t)
	p, iface := lab(t, "rexi", 7)
	ext := load(t, "hooks")
	l, err := ext.AttachTC("In", iface.Index, loader.Ingress)
	if err != nil {
		t.Fatal(err)
	}
	// Debian 12's bpftool does not know BPF_LINK_TYPE_TCX by name.
	if x := shown(t, l, "type 11").TCX(); x == nil || int(x.Ifindex) != iface.Index {
		t.Errorf("link: %+v", x)
	}
	if _, err := ext.AttachTC("Second", iface.Index, loader.Ingress); err != nil {
		t.Fatal(err)
	}
	through, dropped, changed := listen(t, p.LocalIP4, 7001), listen(t, p.LocalIP4, 7002), listen(t, p.LocalIP4, 7003)
	const n = 5
	for _, port := range []uint16{7002, 7001} {
		if err := p.SendUDP(p.LocalIP4, port, []byte(payload), n); err != nil {
			t.Fatal(err)
		}
	}
	for range n {
		if got := through.next(t); got != payload {
			t.Errorf("received %q", got)
		}
	}
	dropped.none(t)
	frame := uint32(14 + 20 + 8 + len(payload))
	v := lookup[packetSeen](t, ext, "packets", 0)
	if v.Count != n || v.Bytes != n*uint64(frame) || v.Linear != uint64(frame) || v.Len != frame || v.Protocol != unix.ETH_P_IP || v.Mark != 0 ||
		int(v.Ifindex) != iface.Index || int(v.IngressIfindex) != iface.Index || v.PacketType != unix.PACKET_HOST ||
		v.WireLen != frame-14 || v.GSOSegs != 0 || v.VLANPresent != 0 {
		t.Errorf("seen: %+v", v)
	}
	if !bytes.Equal(v.First[:6], iface.HardwareAddr) || !bytes.Equal(v.Loaded[:], []byte(payload[len(payload)-16:])) {
		t.Errorf("first bytes % x, last %q", v.First, v.Loaded)
	}
	w := lookup[packetSeen](t, ext, "packets", 2)
	if w.Count != n || w.Mark != 0x1234 || w.Priority != 6 || w.CB != 77 || w.TCIndex != 9 || w.ClassID != 3 || w.QueueMapping != 1 || w.Tstamp != 12345678 {
		t.Errorf("second program: %+v", w)
	}

	// Writes reach the receiver and not who holds a clone.
	tap := openTap(t, iface.Index)
	if err := p.SendUDP(p.LocalIP4, 7003, []byte(payload), n); err != nil {
		t.Fatal(err)
	}
	for range n {
		if got := changed.next(t); got != "rexd"+payload[4:] {
			t.Errorf("received %q", got)
		}
		if got := tap.next(t, 7003); got != payload {
			t.Errorf("packet socket received %q", got)
		}
	}
	noEvents(t, ext)
	if _, err := ext.AttachTC("In", 1<<20, loader.Ingress); !errors.Is(err, loader.ErrNoInterface) {
		t.Errorf("missing interface: %v", err)
	}
}

func TestVMTCEgress(t *testing.T) {
	needVM(t)
	p, iface := lab(t, "rexe", 8)
	ext := load(t, "hooks")
	if _, err := ext.AttachTC("Out", iface.Index, loader.Egress); err != nil {
		t.Fatal(err)
	}
	if _, err := ext.AttachTC("Second", iface.Index, loader.Egress); err != nil {
		t.Fatal(err)
	}
	var through, dropped, changed *receiver
	if err := p.Do(func() error {
		through, dropped, changed = listen(t, p.RemoteIP4, 7001), listen(t, p.RemoteIP4, 7002), listen(t, p.RemoteIP4, 7003)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	const n = 5
	var local uint16
	for _, port := range []uint16{7002, 7001, 7003} {
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.RemoteIP4, port)))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if port == 7001 {
			local = uint16(c.LocalAddr().(*net.UDPAddr).Port)
		}
		for range n {
			if _, err := c.Write([]byte(payload)); err != nil {
				t.Fatalf("send to %d: %v", port, err)
			}
		}
	}
	for range n {
		if got := through.next(t); got != payload {
			t.Errorf("received %q", got)
		}
		if got := changed.next(t); got != "rexd"+payload[4:] {
			t.Errorf("received %q", got)
		}
	}
	dropped.none(t)
	frame := uint32(14 + 20 + 8 + len(payload))
	v := lookup[packetSeen](t, ext, "packets", 1)
	if v.Count != n || v.Bytes != n*uint64(frame) || v.Len != frame || int(v.Ifindex) != iface.Index || v.IngressIfindex != 0 ||
		v.HasSocket != 1 || v.Family != unix.AF_INET || v.SocketPort != uint32(local) || v.RemotePort != 7001 || v.RemoteIP != p.RemoteIP4.As4() {
		t.Errorf("seen: %+v", v)
	}
	w := lookup[packetSeen](t, ext, "packets", 3)
	if w.Count != n || w.Mark != 0x4321 || w.Priority != 6 || w.CB != 77 || w.TCIndex != 9 || w.ClassID != 3 || w.QueueMapping != 1 || w.Tstamp != 12345678 {
		t.Errorf("second program: %+v", w)
	}
	noEvents(t, ext)
}

// tap is a packet socket: it gets clones of what arrives, before TC programs
// run.
type tap int

func openTap(t *testing.T, ifindex int) tap {
	t.Helper()
	proto := uint16(unix.ETH_P_ALL)
	proto = proto<<8 | proto>>8
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(proto))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: proto, Ifindex: ifindex}); err != nil {
		t.Fatal(err)
	}
	tv := unix.Timeval{Sec: 20}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
		t.Fatal(err)
	}
	return tap(fd)
}

// next returns the payload of the next UDP datagram to a port.
func (fd tap) next(t *testing.T, port int) string {
	t.Helper()
	var buf [200]byte
	for {
		n, from, err := unix.Recvfrom(int(fd), buf[:], 0)
		if err != nil {
			t.Fatalf("packet socket: %v", err)
		}
		b := buf[:n]
		if ll, ok := from.(*unix.SockaddrLinklayer); !ok || ll.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		if len(b) > 42 && b[23] == 17 && int(b[36])<<8|int(b[37]) == port {
			return string(b[42:])
		}
	}
}
