// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"errors"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
)

// veth makes a pair of interfaces that are up and returns one of them.
func veth(t *testing.T) *net.Interface {
	t.Helper()
	ip(t, "link", "add", "rexl0", "type", "veth", "peer", "name", "rexl1")
	t.Cleanup(func() { ip(t, "link", "del", "rexl0") })
	ip(t, "link", "set", "rexl0", "up")
	ip(t, "link", "set", "rexl1", "up")
	iface, err := net.InterfaceByName("rexl0")
	if err != nil {
		t.Fatal(err)
	}
	return iface
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestVMAttachXDP(t *testing.T) {
	needVM(t)
	iface := veth(t)
	ext := load(t, object(t, "probe"), loader.Options{})
	l, err := ext.AttachXDP("Pass", iface.Index, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := l.Info()
	if err != nil {
		t.Fatal(err)
	}
	if x := info.XDP(); x == nil || int(x.Ifindex) != iface.Index {
		t.Errorf("link: %+v", info)
	}

	// The hook is taken, by us, and the error says so.
	_, err = ext.AttachXDP("Count", iface.Index, 0)
	var taken *loader.HookTakenError
	if !errors.As(err, &taken) || taken.Program != uint32(info.Program) || taken.Name != "Pass" || taken.Link != uint32(info.ID) {
		t.Errorf("second program: %v", err)
	}
	// Native and generic mode exclude each other.
	if _, err = ext.AttachXDP("Count", iface.Index, link.XDPGenericMode); !errors.Is(err, loader.ErrHookTaken) {
		t.Errorf("second program, generic: %v", err)
	}

	// A link that its owner closed frees the hook.
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ext.AttachXDP("Count", iface.Index, link.XDPGenericMode); err != nil {
		t.Errorf("after detaching: %v", err)
	}
}

func TestVMAttachErrors(t *testing.T) {
	needVM(t)
	ext := load(t, object(t, "probe"), loader.Options{})
	if _, err := ext.AttachXDP("Pass", 1<<20, 0); !errors.Is(err, loader.ErrNoInterface) {
		t.Errorf("missing interface: %v", err)
	}
	if _, err := ext.AttachXDP("Nothing", 1, 0); !errors.Is(err, loader.ErrNoProgram) || !strings.Contains(err.Error(), "Count") {
		t.Errorf("missing program: %v", err)
	}
	if err := ext.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ext.AttachXDP("Pass", 1, 0); !errors.Is(err, loader.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestVMHookTakenWithoutLink: a program attached the old way is named too.
func TestVMHookTakenWithoutLink(t *testing.T) {
	needVM(t)
	iface := veth(t)
	ext := load(t, object(t, "probe"), loader.Options{})
	p, err := ext.Program("Pass")
	if err != nil {
		t.Fatal(err)
	}
	pin := "/sys/fs/bpf/rex_load_test"
	if err := p.Pin(pin); err != nil {
		t.Fatal(err)
	}
	ip(t, "link", "set", iface.Name, "xdp", "pinned", pin)
	if err := p.Unpin(); err != nil {
		t.Error(err)
	}
	_, err = ext.AttachXDP("Count", iface.Index, 0)
	var taken *loader.HookTakenError
	if !errors.As(err, &taken) || taken.Name != "Pass" || taken.Link != 0 {
		t.Errorf("err = %v", err)
	}
	ip(t, "link", "set", iface.Name, "xdp", "off")
}

// sendFrame sends an Ethernet frame out of an interface.
func sendFrame(t *testing.T, name string) {
	t.Helper()
	iface, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, packet, 0, &unix.SockaddrLinklayer{Ifindex: iface.Index}); err != nil {
		t.Fatal(err)
	}
}
