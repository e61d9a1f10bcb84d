// SPDX-License-Identifier: Apache-2.0

// Package bmc_test runs examples/bmc in front of a real memcached, in a
// throw-away VM: the client is in a network namespace behind a network
// interface of its own, and every answer is checked.
package bmc_test

import (
	"errors"
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
	ext  *loader.Extension
	addr netip.AddrPort
}

func newLab(t testing.TB, n int) *lab {
	kit.Need(t)
	pair, err := netlab.NewNICPair(fmt.Sprintf("bmc%d", n), n)
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

// attach puts the extension in front of the server.
func (l *lab) attach() {
	ext, err := loader.Load(kit.Object(l.t, "bmc"), loader.Options{})
	if err != nil {
		l.t.Fatalf("%+v", err)
	}
	l.ext = ext
	l.t.Cleanup(func() {
		st, err := l.ext.Stats()
		if err == nil && (st.Panics != 0 || st.Timeouts != 0 || st.StackOverflows != 0 || st.Stopped) {
			err = fmt.Errorf("the extension failed: %+v", st)
		}
		if err := errors.Join(err, l.ext.Close()); err != nil {
			l.t.Error(err)
		}
	})
	ifi, err := net.InterfaceByName(l.pair.Local)
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.ext.AttachTC("Egress", ifi.Index, loader.Egress); err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.ext.AttachXDP("Ingress", ifi.Index, 0); err != nil {
		l.t.Fatal(err)
	}
}

// stats returns the sum over the CPUs.
func (l *lab) stats() (sum bmc.Stats) {
	l.t.Helper()
	m, err := l.ext.Map("stats")
	if err != nil {
		l.t.Fatal(err)
	}
	var all []bmc.Stats
	if err := m.Lookup(uint32(0), &all); err != nil {
		l.t.Fatal(err)
	}
	for _, s := range all {
		sum.Gets += s.Gets
		sum.Hits += s.Hits
		sum.Misses += s.Misses
		sum.Writes += s.Writes
		sum.Tracked += s.Tracked
		sum.Fills += s.Fills
		sum.Flushes += s.Flushes
	}
	return sum
}

func envInt(name string, def int) int {
	var n int
	if _, err := fmt.Sscan(os.Getenv(name), &n); err != nil {
		return def
	}
	return n
}
