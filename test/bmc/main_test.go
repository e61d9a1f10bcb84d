// SPDX-License-Identifier: Apache-2.0

// Package bmc_test runs examples/bmc in front of a real memcached, in a
// throw-away VM: the client is in a network namespace behind a network
// interface of its own, and every answer is checked.
package bmc_test

import (
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/examples/bmc"
	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/netlab"
)

var requests = flag.Int("requests", envInt("REX_BMC_REQUESTS", 2_000), "how many `requests` the load test makes")

func TestMain(m *testing.M) { kit.Main(m) }

// lab is a memcached with the extension in front of it.
type lab struct {
	t    testing.TB
	pair *netlab.Pair
	addr netip.AddrPort
	// flags are for the XDP program, cache is what was attached last.
	flags link.XDPAttachFlags
	cache *engine
}

// newLab connects the client by the VM's network interfaces.
func newLab(t testing.TB, n int) *lab { return newLabOn(t, n, netlab.NewNICPair) }

// newVethLab connects it by a veth pair, on whose other end a program makes room
// for the answers (examples/bmc/room).
func newVethLab(t testing.TB, n int) *lab {
	l := newLabOn(t, n, netlab.NewPair)
	l.flags = link.XDPDriverMode
	room := kit.Load(t, "room", loader.Options{})
	// The driver takes frames that an XDP program sends only where there is an
	// XDP program, too.
	pass, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pass.Close() })
	err = l.pair.Do(func() error {
		ifi, err := net.InterfaceByName(l.pair.Remote)
		if err != nil {
			return err
		}
		if _, err := room.AttachTC("Pad", ifi.Index, loader.Egress); err != nil {
			return err
		}
		at, err := link.AttachXDP(link.XDPOptions{Program: pass, Interface: ifi.Index, Flags: link.XDPDriverMode})
		if err == nil {
			t.Cleanup(func() { at.Close() })
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// newBareVethLab connects it by a veth pair alone. In front of the network stack,
// XDP programs have there what the allocator left behind the packet.
func newBareVethLab(t testing.TB, n int) *lab {
	l := newLabOn(t, n, netlab.NewPair)
	l.flags = link.XDPGenericMode
	return l
}

func newLabOn(t testing.TB, n int, connect func(name string, n int) (*netlab.Pair, error)) *lab {
	kit.Need(t)
	pair, err := connect(fmt.Sprintf("bmc%d", n), n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &lab{t: t, pair: pair, addr: netip.AddrPortFrom(pair.LocalIP4, bmc.Port)}
	if err := pair.Up(); err != nil {
		t.Fatal(err)
	}
	l.memcached()
	return l
}

// onOneCPU puts this process, the server that it starts and the interrupts on one
// processor that never sleeps, until the test ends. An emulator that gives the
// processors turns on one thread lets them wait for each other for long, and on a
// busy machine one that slept is not woken for long.
func onOneCPU(t testing.TB) {
	testutil.VM(t)
	set := func(cpus, mask string, procs int) {
		runtime.GOMAXPROCS(procs)
		out, err := exec.Command("taskset", "-a", "-p", "-c", cpus, fmt.Sprint(os.Getpid())).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		files, _ := filepath.Glob("/proc/irq/*/smp_affinity")
		for _, f := range append(files, "/proc/irq/default_smp_affinity") {
			os.WriteFile(f, []byte(mask), 0) // some interrupts stay where they are
		}
	}
	n := runtime.NumCPU()
	set("0", "1", 1)
	awake := exec.Command("chrt", "-i", "0", "sh", "-c", "while :; do :; done")
	if err := awake.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		awake.Process.Kill()
		awake.Wait()
	})
	t.Cleanup(func() { set(fmt.Sprintf("0-%d", n-1), fmt.Sprintf("%x", 1<<n-1), n) })
}

// memcached starts the server and waits until it answers.
func (l *lab) memcached() {
	bin, err := exec.LookPath("memcached")
	if err != nil {
		l.t.Fatalf("%v (make setup installs it)", err)
	}
	port := fmt.Sprint(bmc.Port)
	cmd := exec.Command(bin, "-u", "root", "-l", l.addr.Addr().String(), "-p", port, "-U", port, "-t", "2", "-m", "64")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 300 {
		var c net.Conn
		if c, err = net.Dial("tcp", l.addr.String()); err == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	l.t.Fatal(err)
}

func envInt(name string, def int) int {
	var n int
	if _, err := fmt.Sscan(os.Getenv(name), &n); err != nil {
		return def
	}
	return n
}
