// SPDX-License-Identifier: Apache-2.0

// Package netlab makes small networks for tests that run as root inside a
// throw-away VM: a network namespace joined to the root namespace by a veth
// pair, sockets in either, and an independent count of what crosses the pair.
package netlab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Pair is a veth pair: Local in the root namespace, Remote in namespace NS.
type Pair struct {
	NS            string
	Local, Remote string // interface names
	LocalIP4      netip.Addr
	RemoteIP4     netip.Addr
	LocalIP6      netip.Addr
	RemoteIP6     netip.Addr
	nic           bool // the interfaces outlive the pair
}

// NewPair makes namespace "ns<name>" and the pair "<name>0" (root namespace)
// and "<name>1" (in it), with addresses 10.<n>.0.1, fd<n>::1 and so on, without
// duplicate address detection and router solicitations. n is 1 to 99. The
// remote end stays down until Up, so that a program and a capture that start
// before it see the very first packet.
func NewPair(name string, n int) (*Pair, error) {
	p := &Pair{
		NS: "ns" + name, Local: name + "0", Remote: name + "1",
		LocalIP4:  netip.AddrFrom4([4]byte{10, byte(n), 0, 1}),
		RemoteIP4: netip.AddrFrom4([4]byte{10, byte(n), 0, 2}),
		LocalIP6:  netip.MustParseAddr(fmt.Sprintf("fd%02d::1", n)),
		RemoteIP6: netip.MustParseAddr(fmt.Sprintf("fd%02d::2", n)),
	}
	steps := []string{
		"ip netns add " + p.NS,
		"ip link add " + p.Local + " type veth peer name " + p.Remote + " netns " + p.NS,
		"sysctl -qw net.ipv6.conf." + p.Local + ".accept_dad=0",
		"sysctl -qw net.ipv6.conf." + p.Local + ".router_solicitations=0",
		"sysctl -qw net.ipv6.conf." + p.Local + ".addr_gen_mode=1",
		"ip netns exec " + p.NS + " sysctl -qw net.ipv6.conf." + p.Remote + ".accept_dad=0",
		"ip netns exec " + p.NS + " sysctl -qw net.ipv6.conf." + p.Remote + ".router_solicitations=0",
		"ip netns exec " + p.NS + " sysctl -qw net.ipv6.conf." + p.Remote + ".addr_gen_mode=1",
		"ip addr add " + p.LocalIP4.String() + "/24 dev " + p.Local,
		"ip addr add " + p.LocalIP6.String() + "/64 dev " + p.Local + " nodad",
		"ip -n " + p.NS + " addr add " + p.RemoteIP4.String() + "/24 dev " + p.Remote,
		"ip -n " + p.NS + " addr add " + p.RemoteIP6.String() + "/64 dev " + p.Remote + " nodad",
		"ip link set " + p.Local + " up",
		"ip -n " + p.NS + " link set lo up",
	}
	for _, s := range steps {
		if err := run(strings.Fields(s)...); err != nil {
			p.Close()
			return nil, fmt.Errorf("make veth pair %s: %w", name, err)
		}
	}
	return p, nil
}

// Up lets packets flow.
func (p *Pair) Up() error { return run("ip", "-n", p.NS, "link", "set", p.Remote, "up") }

// Close removes the namespace and with it the pair.
func (p *Pair) Close() error {
	if p.nic {
		// The kernel moves them when the namespace goes, some time after its
		// last socket; the next pair wants them now.
		if err := run("ip", "-n", p.NS, "link", "set", p.Remote, "netns", "1"); err != nil {
			return err
		}
	}
	return run("ip", "netns", "del", p.NS)
}

// Do runs f on a thread inside the pair's namespace; sockets that f opens stay
// there for good, goroutines that it starts run outside.
func (p *Pair) Do(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- p.inside(f) }()
	return <-done
}

// inside moves the goroutine's thread into the namespace and back. It is locked
// meanwhile, so that nothing else runs on it, and the Go runtime starts no
// thread from it.
//
// Leaving it locked, for the runtime to end it with the goroutine, would not do:
// the process's first thread is not ended then but parked for good
// (runtime.mexit), and keeps the namespace.
func (p *Pair) inside(f func() error) error {
	runtime.LockOSThread()
	// Of this thread: the process's own is the first thread's.
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return fmt.Errorf("open namespace: %w", err)
	}
	defer home.Close()
	ns, err := os.Open(filepath.Join("/run/netns", p.NS))
	if err != nil {
		return fmt.Errorf("open namespace: %w", err)
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter namespace %s: %w", p.NS, err)
	}
	ferr := f()
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		// Still locked: the thread ends with its goroutine.
		return errors.Join(ferr, fmt.Errorf("leave namespace %s: %w", p.NS, err))
	}
	runtime.UnlockOSThread()
	return ferr
}

// Command returns a command that runs inside the pair's namespace.
func (p *Pair) Command(name string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", p.NS, name}, args...)...)
}

// SendUDP sends count datagrams with the payload from the namespace to port of
// the local end.
func (p *Pair) SendUDP(dst netip.Addr, port uint16, payload []byte, count int) error {
	return p.Do(func() error {
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(dst, port)))
		if err != nil {
			return err
		}
		defer c.Close()
		for range count {
			// A port unreachable of an earlier datagram is reported on a later
			// send and says nothing about this one.
			if _, err := c.Write(payload); err != nil && !errors.Is(err, unix.ECONNREFUSED) {
				return err
			}
		}
		return nil
	})
}

func run(args ...string) error {
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
