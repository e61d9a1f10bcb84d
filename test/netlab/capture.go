// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Count is packets and bytes, from the Ethernet header on.
type Count struct{ Packets, Bytes uint64 }

// Capture counts what leaves the remote end of a pair, by protocol, with a
// parser of its own: the oracle that an extension's counts are compared with.
type Capture struct {
	mu     sync.Mutex
	counts map[string]Count
	fd     int
	done   chan struct{}
	err    error
}

// Capture starts counting. classify names a frame's row.
func (p *Pair) Capture(classify func(frame []byte) string) (*Capture, error) {
	c := &Capture{counts: map[string]Count{}, done: make(chan struct{})}
	err := p.Do(func() error {
		ifi, err := net.InterfaceByName(p.Remote)
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(htons(unix.ETH_P_ALL)))
		if err != nil {
			return err
		}
		// 8 MiB: at test rates nothing is dropped; Stats checks that.
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20); err != nil {
			unix.Close(fd)
			return err
		}
		tv := unix.Timeval{Usec: 100_000}
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
			unix.Close(fd)
			return err
		}
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: ifi.Index}); err != nil {
			unix.Close(fd)
			return err
		}
		c.fd = fd
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("capture on %s: %w", p.Remote, err)
	}
	go c.loop(classify)
	return c, nil
}

func (c *Capture) loop(classify func([]byte) string) {
	defer close(c.done)
	buf := make([]byte, 1<<17)
	for {
		n, from, err := unix.Recvfrom(c.fd, buf, 0)
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) || errors.Is(err, unix.ENETDOWN) {
			continue // ENETDOWN: once, because capturing began before Up
		}
		if err != nil {
			c.mu.Lock()
			if !errors.Is(err, unix.EBADF) {
				c.err = err
			}
			c.mu.Unlock()
			return
		}
		ll, ok := from.(*unix.SockaddrLinklayer)
		if !ok || ll.Pkttype != unix.PACKET_OUTGOING {
			continue
		}
		row := classify(buf[:n])
		c.mu.Lock()
		k := c.counts[row]
		k.Packets++
		k.Bytes += uint64(n)
		c.counts[row] = k
		c.mu.Unlock()
	}
}

// Counts returns what has been counted so far.
func (c *Capture) Counts() (map[string]Count, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	st, err := unix.GetsockoptTpacketStats(c.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil && st.Drops > 0 {
		return nil, fmt.Errorf("capture lost %d packets", st.Drops)
	}
	return maps.Clone(c.counts), nil
}

// Close stops counting.
func (c *Capture) Close() {
	unix.Close(c.fd)
	select {
	case <-c.done:
	case <-time.After(time.Second):
	}
}

func htons(v uint16) uint16 { return binary.NativeEndian.Uint16([]byte{byte(v >> 8), byte(v)}) }
