// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"net"
	"net/netip"
	"sync/atomic"
)

// Listener counts the datagrams that reach a UDP port of the root namespace.
type Listener struct {
	conn *net.UDPConn
	n    atomic.Int64
}

// Listen binds a UDP port and counts what arrives until Close.
func Listen(addr netip.Addr, port uint16) (*Listener, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
	if err != nil {
		return nil, err
	}
	l := &Listener{conn: conn}
	go func() {
		var buf [64]byte
		for {
			if _, _, err := conn.ReadFromUDP(buf[:]); err != nil {
				return
			}
			l.n.Add(1)
		}
	}()
	return l, nil
}

// Received is how many datagrams have arrived.
func (l *Listener) Received() int { return int(l.n.Load()) }

// Close frees the port.
func (l *Listener) Close() error { return l.conn.Close() }
