// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/examples/xdpcount"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/netlab"
)

const (
	blockedPort = 9999
	openPort    = 7777
	datagrams   = 200
	pings       = 20
	tcpBytes    = 256 << 10
)

// load opens an object and loads it, with the time each took.
func (d *demo) load(name string) (*loader.Extension, error) {
	obj, err := loader.Open(filepath.Join(d.bin, name+".rexo"))
	if err != nil {
		return nil, err
	}
	start := time.Now()
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		return nil, err
	}
	fmt.Printf("   linked and loaded %s in %v\n", name, time.Since(start).Round(time.Millisecond))
	return ext, nil
}

// attach makes an ordinary XDP link.
func attach(ext *loader.Extension, prog, iface string) error {
	ifi, err := net.InterfaceByName(iface)
	if err != nil {
		return err
	}
	start := time.Now()
	if _, err := ext.AttachXDP(prog, ifi.Index, 0); err != nil {
		return err
	}
	fmt.Printf("   attached %s to %s in %v\n", prog, iface, time.Since(start).Round(time.Millisecond))
	return nil
}

// count runs examples/xdpcount on real traffic.
func (d *demo) count(ctx context.Context) (err error) {
	step("examples/xdpcount: count packets, drop UDP to port %d", blockedPort)
	pair, err := netlab.NewPair("cnt", 1)
	if err != nil {
		return err
	}
	defer pair.Close()
	ext, err := d.load("xdpcount")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ext.Close()) }()
	if err := attach(ext, "Count", pair.Local); err != nil {
		return err
	}
	capture, err := pair.Capture(classify)
	if err != nil {
		return err
	}
	defer capture.Close()
	if err := pair.Up(); err != nil {
		return err
	}

	blocked, err := ext.Map("blocked")
	if err != nil {
		return err
	}
	if err := blocked.Put(uint16(blockedPort), uint32(1)); err != nil {
		return fmt.Errorf("block port %d: %w", blockedPort, err)
	}
	got, err := traffic(ctx, pair)
	if err != nil {
		return err
	}
	if got.blocked != 0 || got.open != datagrams {
		return fmt.Errorf("port %d got %d datagrams and port %d got %d (want 0 and %d)", blockedPort, got.blocked, openPort, got.open, datagrams)
	}
	stats, err := ext.Map("stats")
	if err != nil {
		return err
	}
	var rows map[string]netlab.Count
	err = eventually(ctx, "counts of the extension and of the wire differ", func() error {
		want, err := capture.Counts()
		if err != nil {
			return err
		}
		if rows, err = readStats(stats); err != nil {
			return err
		}
		return sameCounts(rows, want)
	})
	if err != nil {
		return err
	}
	printTable(rows)
	ok("every count equals an independent capture on the sending side")
	if rows["blocked"].Packets != datagrams {
		return fmt.Errorf("counted %d blocked datagrams (want %d)", rows["blocked"].Packets, datagrams)
	}
	ok("port %d: %d datagrams sent, none arrived; port %d: all %d arrived", blockedPort, datagrams, openPort, datagrams)
	ok("ping and %d KiB over TCP went through, over IPv4 and IPv6", tcpBytes>>10)

	if err := blocked.Delete(uint16(blockedPort)); err != nil {
		return err
	}
	after, err := sendUDP(ctx, pair, pair.LocalIP4, blockedPort)
	if err != nil {
		return err
	}
	if after != datagrams {
		return fmt.Errorf("after unblocking, port %d got %d datagrams (want %d)", blockedPort, after, datagrams)
	}
	ok("user space took the port out of the map while the program ran: all %d arrived", datagrams)
	err = bpftoolSees(map[string][]string{
		"prog": {"name Count"},
		"link": {"xdp", "prog"},
		"map":  {"percpu_array  name stats", "hash  name blocked"},
	})
	if err != nil {
		return err
	}
	return bpftoolBlocks(ctx, pair)
}

// readStats sums the per-CPU counters; rows without packets are left out.
func readStats(m *ebpf.Map) (map[string]netlab.Count, error) {
	rows := map[string]netlab.Count{}
	for p := range xdpcount.NumProtos {
		var cpus []xdpcount.Counter
		if err := m.Lookup(uint32(p), &cpus); err != nil {
			return nil, fmt.Errorf("read stats: %w", err)
		}
		var sum netlab.Count
		for _, c := range cpus {
			sum.Packets += c.Packets
			sum.Bytes += c.Bytes
		}
		if sum.Packets > 0 {
			rows[p.String()] = sum
		}
	}
	return rows, nil
}

func sameCounts(got, want map[string]netlab.Count) error {
	for row := range want {
		if got[row] != want[row] {
			return fmt.Errorf("%s: extension %+v, wire %+v", row, got[row], want[row])
		}
	}
	for row := range got {
		if _, ok := want[row]; !ok {
			return fmt.Errorf("%s: extension %+v, wire nothing", row, got[row])
		}
	}
	return nil
}

func printTable(rows map[string]netlab.Count) {
	fmt.Printf("\n   %-10s %10s %12s\n", "protocol", "packets", "bytes")
	for p := range xdpcount.NumProtos {
		if c, ok := rows[p.String()]; ok {
			fmt.Printf("   %-10s %10d %12d\n", p, c.Packets, c.Bytes)
		}
	}
	fmt.Println()
}

// classify is the oracle's own idea of a frame's row, written without the
// extension's packages.
func classify(f []byte) string {
	if len(f) < 14 {
		return "other"
	}
	switch binary.BigEndian.Uint16(f[12:]) {
	case 0x0806:
		return "arp"
	case 0x0800:
		switch proto := f[23]; proto {
		case 1:
			return "icmp"
		case 6:
			return "tcp"
		case 17:
			return udpRow(f[14+4*int(f[14]&15):])
		}
		return "ipv4"
	case 0x86dd:
		next, rest := f[20], f[54:]
		if next == 0 { // hop-by-hop options, as multicast listener reports have
			next, rest = rest[0], rest[8+8*int(rest[1]):]
		}
		switch next {
		case 58:
			return "icmpv6"
		case 6:
			return "tcp"
		case 17:
			return udpRow(rest)
		}
		return "ipv6"
	}
	return "other"
}

func udpRow(udp []byte) string {
	if binary.BigEndian.Uint16(udp[2:]) == blockedPort {
		return "blocked"
	}
	return "udp"
}

// received is how many datagrams reached each port.
type received struct{ blocked, open int }

// traffic sends a known amount of everything from the namespace.
func traffic(ctx context.Context, pair *netlab.Pair) (got received, err error) {
	for _, dst := range []netip.Addr{pair.LocalIP4, pair.LocalIP6} {
		out, err := pair.Command("ping", "-c", fmt.Sprint(pings), "-i", "0.05", "-W", "20", dst.String()).CombinedOutput()
		if err != nil || !strings.Contains(string(out), " 0% packet loss") {
			return got, fmt.Errorf("ping %s: %w: %s", dst, err, out)
		}
		if err := sendTCP(pair, dst); err != nil {
			return got, fmt.Errorf("tcp to %s: %w", dst, err)
		}
	}
	if got.blocked, err = sendUDP(ctx, pair, pair.LocalIP4, blockedPort); err != nil {
		return got, err
	}
	got.open, err = sendUDP(ctx, pair, pair.LocalIP6, openPort)
	return got, err
}

// sendUDP sends datagrams to a local port and returns how many a socket bound
// to it received. A last datagram to a port that is never blocked marks the
// end: a veth pair delivers one sender's packets in order.
func sendUDP(ctx context.Context, pair *netlab.Pair, dst netip.Addr, port uint16) (int, error) {
	got, err := netlab.Listen(dst, port)
	if err != nil {
		return 0, err
	}
	defer got.Close()
	mark, err := netlab.Listen(dst, openPort+1)
	if err != nil {
		return 0, err
	}
	defer mark.Close()
	if err := pair.SendUDP(dst, port, []byte("rex in go"), datagrams); err != nil {
		return 0, err
	}
	if err := pair.SendUDP(dst, openPort+1, []byte("end"), 1); err != nil {
		return 0, err
	}
	err = eventually(ctx, "the last datagram did not arrive", func() error {
		if mark.Received() == 0 {
			return errors.New("none")
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	// The socket's reader may still be behind the kernel.
	for last := -1; last != got.Received(); time.Sleep(300 * time.Millisecond) {
		last = got.Received()
	}
	return got.Received(), nil
}

// sendTCP sends tcpBytes from the namespace to a local listener.
func sendTCP(pair *netlab.Pair, dst netip.Addr) error {
	l, err := net.Listen("tcp", netip.AddrPortFrom(dst, 0).String())
	if err != nil {
		return err
	}
	defer l.Close()
	got := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			got <- err
			return
		}
		defer c.Close()
		n, err := io.Copy(io.Discard, c)
		if err == nil && n != tcpBytes {
			err = fmt.Errorf("received %d bytes of %d", n, tcpBytes)
		}
		got <- err
	}()
	err = pair.Do(func() error {
		c, err := net.DialTimeout("tcp", l.Addr().String(), 20*time.Second)
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write(make([]byte, tcpBytes))
		return err
	})
	if err != nil {
		return err
	}
	return <-got
}

func bpftool(args ...string) (string, error) {
	out, err := exec.Command("bpftool", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("bpftool %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// bpftoolBlocks writes and reads the map with bpftool while the program runs.
func bpftoolBlocks(ctx context.Context, pair *netlab.Pair) error {
	low, high := fmt.Sprint(blockedPort&0xff), fmt.Sprint(blockedPort>>8)
	if _, err := bpftool("map", "update", "name", "blocked", "key", low, high, "value", "7", "0", "0", "0"); err != nil {
		return err
	}
	n, err := sendUDP(ctx, pair, pair.LocalIP4, blockedPort)
	if err != nil {
		return err
	}
	if n != 0 {
		return fmt.Errorf("port %d, blocked with bpftool, got %d datagrams", blockedPort, n)
	}
	out, err := bpftool("map", "lookup", "name", "blocked", "key", low, high)
	if err != nil {
		return err
	}
	if !strings.Contains(out, "07 00 00 00") {
		return fmt.Errorf("bpftool reads another value than it wrote: %s", out)
	}
	ok("bpftool writes and reads the map while the program runs: the port is blocked again")
	return nil
}

// bpftoolSees checks that bpftool lists what it is said to.
func bpftoolSees(want map[string][]string) error {
	for _, kind := range []string{"prog", "link", "map"} {
		out, err := bpftool(kind, "show")
		if err != nil {
			return err
		}
		for _, w := range want[kind] {
			if !strings.Contains(out, w) {
				return fmt.Errorf("bpftool %s show lacks %q:\n%s", kind, w, out)
			}
		}
	}
	ok("bpftool sees the program, its link and its maps")
	return nil
}
