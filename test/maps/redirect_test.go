// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// etherTest is the EtherType of the tests' packets, which is for experiments.
const etherTest = 0x88b5

// wire is a veth pair: packets that are sent on far arrive on near.
type wire struct {
	near, far *net.Interface
	// fd is a packet socket on far.
	fd int
}

func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", args, err, out)
	}
}

// newWire makes a pair. The kernel puts redirected packets into the queue of the
// far end only when that end has an XDP program, too.
func newWire(t *testing.T, name string) *wire {
	t.Helper()
	ip(t, "link add "+name+"0 type veth peer name "+name+"1")
	t.Cleanup(func() { ip(t, "link del "+name+"0") })
	w := &wire{}
	for i, p := range []**net.Interface{&w.near, &w.far} {
		iface := fmt.Sprint(name, i)
		ip(t, "link set "+iface+" addrgenmode none up")
		ifi, err := net.InterfaceByName(iface)
		if err != nil {
			t.Fatal(err)
		}
		*p = ifi
	}
	through, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{
		asm.Mov.Imm(asm.R0, pass), asm.Return(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer through.Close()
	l, err := link.AttachXDP(link.XDPOptions{Program: through, Interface: w.far.Index, Flags: link.XDPDriverMode})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	be := binary.NativeEndian.Uint16([]byte{etherTest >> 8, etherTest & 0xff})
	w.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(be))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(w.fd) })
	if err := unix.Bind(w.fd, &unix.SockaddrLinklayer{Protocol: be, Ifindex: w.far.Index}); err != nil {
		t.Fatal(err)
	}
	return w
}

var frames byte

// frame makes a frame that no other is like.
func frame() []byte {
	frames++
	f := append(bytes.Repeat([]byte{0xff}, 6), 2, 0, 0, 0, 0, frames, etherTest>>8, etherTest&0xff)
	return append(f, bytes.Repeat([]byte{frames}, 50)...)
}

// send sends a frame to the near end.
func (w *wire) send(t *testing.T, f []byte) {
	t.Helper()
	if err := unix.Sendto(w.fd, f, 0, &unix.SockaddrLinklayer{Ifindex: w.far.Index}); err != nil {
		t.Fatal(err)
	}
}

// arrives reports whether a frame comes out of the far end. One that is not to come
// is waited for only shortly.
func (w *wire) arrives(t *testing.T, f []byte, wait time.Duration) bool {
	t.Helper()
	buf := make([]byte, 2048)
	for end := time.Now().Add(wait); time.Now().Before(end); {
		tv := unix.Timeval{Usec: 20_000}
		if err := unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			t.Fatal(err)
		}
		n, from, err := unix.Recvfrom(w.fd, buf, 0)
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if ll := from.(*unix.SockaddrLinklayer); ll.Pkttype != unix.PACKET_OUTGOING && bytes.Equal(buf[:n], f) {
			return true
		}
	}
	return false
}

const (
	soon  = kit.Patience
	never = 200 * time.Millisecond
)

func attachXDP(t *testing.T, ext *loader.Extension, program string, ifindex int, flags link.XDPAttachFlags) {
	t.Helper()
	l, err := ext.AttachXDP(program, ifindex, flags)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
}

var modes = map[string]link.XDPAttachFlags{"native": link.XDPDriverMode, "generic": link.XDPGenericMode}

func put(t *testing.T, ext *loader.Extension, name string, key, value uint32) {
	t.Helper()
	if err := mapOf(t, ext, name).Put(key, value); err != nil {
		t.Fatalf("%s[%d] = %d: %v", name, key, value, err)
	}
}

// TestVMRedirect: packets leave through the interface that a program names, by its
// index, by an array, by a hash; without an entry they are dropped.
func TestVMRedirect(t *testing.T) {
	ext := load(t, "redirect", loader.Options{})
	in, out := newWire(t, "ra"), newWire(t, "rb")
	put(t, ext, "devs", 3, uint32(out.near.Index))
	put(t, ext, "byDev", 1000, uint32(out.near.Index))
	for name, flags := range modes {
		for _, c := range []struct {
			program       string
			target, wrong uint32
		}{{"Iface", uint32(out.near.Index), 1 << 20}, {"Dev", 3, 2}, {"ByDev", 1000, 3}} {
			t.Run(name+"/"+c.program, func(t *testing.T) {
				attachXDP(t, ext, c.program, in.near.Index, flags)
				put(t, ext, "target", 0, c.target)
				f := frame()
				in.send(t, f)
				if !out.arrives(t, f, soon) {
					t.Error("the packet did not get there")
				}
				put(t, ext, "target", 0, c.wrong)
				f = frame()
				in.send(t, f)
				if out.arrives(t, f, never) {
					t.Error("a packet arrived that was sent nowhere")
				}
			})
		}
	}
	ended(t, ext)
}

// TestVMRedirectBroadcast: a packet leaves through every interface of the map but
// the one it came in on.
func TestVMRedirectBroadcast(t *testing.T) {
	ext := load(t, "redirect", loader.Options{})
	in, one, two := newWire(t, "ba"), newWire(t, "bb"), newWire(t, "bc")
	for i, w := range []*wire{in, one, two} {
		put(t, ext, "devs", uint32(i), uint32(w.near.Index))
	}
	for name, flags := range modes {
		t.Run(name, func(t *testing.T) {
			attachXDP(t, ext, "All", in.near.Index, flags)
			f := frame()
			in.send(t, f)
			if !one.arrives(t, f, soon) || !two.arrives(t, f, soon) {
				t.Error("not on both interfaces")
			}
			if in.arrives(t, f, never) {
				t.Error("the packet came back")
			}
		})
	}
	t.Run("panic", func(t *testing.T) {
		attachXDP(t, ext, "Panics", in.near.Index, link.XDPDriverMode)
		f := frame()
		in.send(t, f)
		if m := messages(t, ext, 1)[0]; m != "panic: after all" {
			t.Error(m)
		}
		if one.arrives(t, f, never) {
			t.Error("the packet of a program that panicked was sent on")
		}
	})
	if v := run(t, ext, "NilMap", packet(), 1); v != pass {
		t.Errorf("verdict %d", v)
	}
	if m := messages(t, ext, 1)[0]; !strings.Contains(m, "nil pointer dereference") {
		t.Error(m)
	}
}

// TestVMRedirectCPU: a packet goes on into the network stack of another CPU.
func TestVMRedirectCPU(t *testing.T) {
	ext := load(t, "redirect", loader.Options{})
	together(t, func() {}, func() {}) // needs two CPUs
	in := newWire(t, "ca")
	put(t, ext, "cpus", 0, 64)
	put(t, ext, "cpus", 1, 64)
	l, err := ext.AttachTC("Arrive", in.near.Index, loader.Ingress)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	attachXDP(t, ext, "CPU", in.near.Index, link.XDPDriverMode)
	in.send(t, frame())
	var from, at uint32
	for end := time.Now().Add(soon); at == 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if err := errors.Join(mapOf(t, ext, "where").Lookup(uint32(0), &from), mapOf(t, ext, "where").Lookup(uint32(1), &at)); err != nil {
			t.Fatal(err)
		}
	}
	if from == 0 || at != 3-from {
		t.Errorf("redirected on CPU %d, arrived on %d", int(from)-1, int(at)-1)
	}
	ended(t, ext)
}

// TestVMRedirectShared: two extensions and a plain BPF program redirect through one
// map of devices, which is pinned and outlives them.
func TestVMRedirectShared(t *testing.T) {
	dir := t.TempDir()
	ext := load(t, "redirect", loader.Options{}) // also to be in the guest
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(dir, 0)
	if err := ext.Close(); err != nil {
		t.Fatal(err)
	}
	in, out := newWire(t, "sa"), newWire(t, "sb")
	through := func(t *testing.T) {
		t.Helper()
		f := frame()
		in.send(t, f)
		if !out.arrives(t, f, soon) {
			t.Error("the packet did not get there")
		}
	}
	for round := range 2 {
		ext := load(t, "redirect", loader.Options{PinPath: dir})
		if round == 0 {
			put(t, ext, "devs", 0, uint32(out.near.Index))
		} // in the second round it is still there
		l, err := ext.AttachXDP("Dev", in.near.Index, link.XDPDriverMode)
		if err != nil {
			t.Fatal(err)
		}
		through(t)
		if err := errors.Join(l.Close(), ext.Close()); err != nil {
			t.Fatal(err)
		}
	}
	pinned, err := ebpf.LoadPinnedMap(filepath.Join(dir, "devs"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pinned.Close()
	other := load(t, "sharedev", loader.Options{MapReplacements: map[string]*ebpf.Map{"devs": pinned}})
	l, err := other.AttachXDP("First", in.near.Index, link.XDPDriverMode)
	if err != nil {
		t.Fatal(err)
	}
	through(t)
	l.Close()
	plain, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{
		asm.LoadMapPtr(asm.R1, pinned.FD()),
		asm.Mov.Imm(asm.R2, 0),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnRedirectMap.Call(),
		asm.Return(),
	}})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	defer plain.Close()
	l, err = link.AttachXDP(link.XDPOptions{Program: plain, Interface: in.near.Index, Flags: link.XDPDriverMode})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	through(t)
	// A map of another kind is refused by its name.
	hash, err := ebpf.NewMap(&ebpf.MapSpec{Name: "devs", Type: ebpf.DevMapHash, KeySize: 4, ValueSize: 4, MaxEntries: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer hash.Close()
	obj, err := loader.Open(filepath.Join(os.Getenv("REX_OBJECTS"), "sharedev.rexo"))
	if err != nil {
		t.Fatal(err)
	}
	if ext, err := loader.Load(obj, loader.Options{MapReplacements: map[string]*ebpf.Map{"devs": hash}}); !errors.Is(err, loader.ErrMapSpec) {
		t.Errorf("map of another kind: %v", err)
		if err == nil {
			ext.Close()
		}
	}
}
