// SPDX-License-Identifier: Apache-2.0

package hooks_test

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/netlab"
)

// moved mirrors the extension's type Seen.
type moved struct {
	Copies, Errors, LastErr uint64
	MetaLen                 uint32
	Meta                    [8]byte
	Route, RouteErr         uint32
	Ifindex                 uint32
	DstMAC, SrcMAC          [6]byte
	NextHop                 [4]byte
	NapiID, TstampType      uint32
}

// between makes two pairs, with the programs at the first one's near end, and has
// the first one's far end send what it has no route for to the near end.
func between(t *testing.T, name string, n int) (from, to *netlab.Pair, ext *loader.Extension) {
	t.Helper()
	needVM(t)
	from, at := lab(t, name+"a", n)
	to, out := lab(t, name+"b", n+1)
	ext = load(t, "moving")
	if err := getMap(t, ext, "target").Put(uint32(0), uint32(out.Index)); err != nil {
		t.Fatal(err)
	}
	if _, err := ext.AttachXDP("Note", at.Index, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := ext.AttachTC("At", at.Index, loader.Ingress); err != nil {
		t.Fatal(err)
	}
	command(t, from.Command("ip", "route", "add", "default", "via", from.LocalIP4.String()))
	return from, to, ext
}

func command(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", c, err, out)
	}
	return string(out)
}

// far returns the far end's interface.
func far(t *testing.T, p *netlab.Pair) (iface *net.Interface) {
	t.Helper()
	if err := p.Do(func() (err error) { iface, err = net.InterfaceByName(p.Remote); return err }); err != nil {
		t.Fatal(err)
	}
	return iface
}

// TestVMCloneRedirect: each observer sees the bytes that were there when its copy
// was made, whatever the program wrote afterwards, also through stale slices. The
// metadata that the XDP program left are there before the packet is changed.
func TestVMCloneRedirect(t *testing.T) {
	from, to, ext := between(t, "rexc", 51)
	var observer tap
	end := far(t, to)
	if err := to.Do(func() error { observer = openTap(t, end.Index); return nil }); err != nil {
		t.Fatal(err)
	}
	receiver := listen(t, from.LocalIP4, 7101)
	const n = 20
	if err := from.SendUDP(from.LocalIP4, 7101, []byte(payload), n); err != nil {
		t.Fatal(err)
	}
	for range n {
		if got := observer.next(t, 7101); got != payload {
			t.Errorf("first copy: %q", got)
		}
		if got, want := observer.next(t, 7101), "rewr"+payload[4:]; got != want {
			t.Errorf("second copy: %q, want %q", got, want)
		}
		if got, want := receiver.next(t), "rewritten"+payload[9:]; got != want {
			t.Errorf("the packet itself: %q, want %q", got, want)
		}
	}
	v := lookup[moved](t, ext, "seen", 0)
	if v.Copies != 2*n || v.Errors != 0 || v.MetaLen != 8 || string(v.Meta[:]) != payload[:8] {
		t.Errorf("seen: %+v", v)
	}
	if id := napiID(t, receiver); id == 0 || v.NapiID != id || v.TstampType != 0 {
		t.Errorf("NAPI id %d, the socket's %d, clock %d", v.NapiID, id, v.TstampType)
	}
	// Nothing there, and an interface that is down.
	gone := uint32(1 << 20)
	for _, c := range []struct {
		ifindex uint32
		err     uint64
	}{{gone, 22}, {uint32(end.Index) + 1<<16, 22}} {
		if err := getMap(t, ext, "target").Put(uint32(0), c.ifindex); err != nil {
			t.Fatal(err)
		}
		if err := from.SendUDP(from.LocalIP4, 7101, []byte(payload), 1); err != nil {
			t.Fatal(err)
		}
		receiver.next(t)
		if v := lookup[moved](t, ext, "seen", 0); v.LastErr != c.err {
			t.Errorf("copy to interface %d: error %d, want %d", c.ifindex, v.LastErr, c.err)
		}
	}
	noEvents(t, ext)
}

// TestVMRedirect: packets reach a socket in another network in each of the ways.
func TestVMRedirect(t *testing.T) {
	from, to, ext := between(t, "rexr", 53)
	old := strings.TrimSpace(command(t, exec.Command("sysctl", "-n", "net.ipv4.ip_forward")))
	t.Cleanup(func() { command(t, exec.Command("sysctl", "-qw", "net.ipv4.ip_forward="+old)) })
	command(t, exec.Command("sysctl", "-qw", "net.ipv4.ip_forward=1"))
	end := far(t, to)
	command(t, exec.Command("ip", "neigh", "replace", to.RemoteIP4.String(), "lladdr", end.HardwareAddr.String(), "dev", to.Local))
	ports := []uint16{7201, 7202, 7203, 7204}
	var at []*receiver
	if err := to.Do(func() error {
		for _, port := range ports {
			at = append(at, listen(t, to.RemoteIP4, port))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	const n = 5
	for i, port := range ports {
		if err := from.SendUDP(to.RemoteIP4, port, []byte(payload), n); err != nil {
			t.Fatal(err)
		}
		for range n {
			if got := at[i].next(t); got != payload {
				t.Errorf("port %d: %q", port, got)
			}
		}
	}
	near, err := net.InterfaceByName(to.Local)
	if err != nil {
		t.Fatal(err)
	}
	v := lookup[moved](t, ext, "seen", 0)
	if v.Route != 0 || v.RouteErr != 0 || v.Errors != 0 || int(v.Ifindex) != near.Index || v.NextHop != to.RemoteIP4.As4() ||
		string(v.DstMAC[:]) != string(end.HardwareAddr) || string(v.SrcMAC[:]) != string(near.HardwareAddr) {
		t.Errorf("route: %+v; want interface %d, %v to %v", v, near.Index, near.HardwareAddr, end.HardwareAddr)
	}
	// Nobody knows where this goes.
	if err := from.SendUDP(to.RemoteIP4, 7205, []byte(payload), 1); err != nil {
		t.Fatal(err)
	}
	const notForwarded = 4
	for range 200 {
		if v = lookup[moved](t, ext, "seen", 0); v.Route != 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if v.Route != notForwarded || v.RouteErr != 0 {
		t.Errorf("no route: %+v", v)
	}
	noEvents(t, ext)
}

// napiID asks a socket which queue received its last packet.
func napiID(t *testing.T, r *receiver) uint32 {
	t.Helper()
	raw, err := r.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var id int
	if e := raw.Control(func(fd uintptr) { id, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_INCOMING_NAPI_ID) }); e != nil || err != nil {
		t.Fatal(e, err)
	}
	return uint32(id)
}
