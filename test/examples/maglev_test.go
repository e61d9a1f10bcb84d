// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/rex-go/rex/test/kit"
)

// TestVMMaglev: clients of a service's address, which no server has, are answered
// by three servers, each connection by one, and see none of their addresses.
func TestVMMaglev(t *testing.T) {
	pair := newPair(t, "rxml", 54)
	const port = 5300
	service := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 54, 0, 100}), port)
	// Who asks for the service's address is to find this machine.
	kit.Command(t, "ip", "-n", pair.NS, "route", "add", service.Addr().String(), "via", pair.LocalIP4.String())
	var backends string
	for i := range 3 {
		addr := fmt.Sprintf("10.54.0.%d", 11+i)
		kit.Command(t, "ip", "addr", "add", addr+"/32", "dev", pair.Local)
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(addr), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			buf := make([]byte, 100)
			for {
				n, from, err := conn.ReadFromUDP(buf)
				if err != nil {
					return
				}
				conn.WriteToUDP(append([]byte(addr+" "), buf[:n]...), from)
			}
		}()
		if i > 0 {
			backends += ","
		}
		backends += addr
	}
	a := start(t, "maglev", "-every", "1h", "-iface", pair.Local, "-service", service.String(), "-backends", backends)
	const clients, packets = 30, 5
	used := map[string]int{}
	err := pair.Do(func() error {
		for range clients {
			// Connected: an answer from another address would not arrive.
			conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(service))
			if err != nil {
				return err
			}
			defer conn.Close()
			var mine string
			for i := range packets {
				got, err := ask(conn, fmt.Sprint("question ", i))
				if err != nil {
					return err
				}
				var server, text string
				var n int
				if _, err := fmt.Sscan(got, &server, &text, &n); err != nil || n != i || i > 0 && server != mine {
					return fmt.Errorf("question %d of %s: %q, %v", i, mine, got, err)
				}
				mine = server
			}
			used[mine]++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	out := a.stop()
	if len(used) != 3 {
		t.Errorf("servers: %v", used)
	}
	for server, n := range used {
		if got := number(t, out, server+` +(\d+)`); got != uint64(n) {
			t.Errorf("%s: %d connections, want %d", server, got, n)
		}
		if got := number(t, out, server+` +\d+ +(\d+)`); got < uint64(n*packets) {
			t.Errorf("%s: %d packets", server, got)
		}
	}
}

// ask sends a datagram and returns the answer.
func ask(conn *net.UDPConn, text string) (string, error) {
	if _, err := conn.Write([]byte(text)); err != nil {
		return "", err
	}
	conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 100)
	n, err := conn.Read(buf)
	return string(buf[:n]), err
}
