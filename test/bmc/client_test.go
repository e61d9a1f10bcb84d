// SPDX-License-Identifier: Apache-2.0

package bmc_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// client speaks to memcached: GETs over UDP, the others over TCP.
type client struct {
	udp *net.UDPConn
	tcp net.Conn
	in  *bufio.Reader
	id  uint16
	buf [1 << 16]byte
	// Lost counts requests that were not answered and sent again.
	lost int
}

// patience is for an answer over UDP.
const patience = 3 * time.Second

// dial connects: from the namespace, or else through the loopback interface,
// past the extension.
func (l *lab) dial(remote bool) *client {
	l.t.Helper()
	c := new(client)
	connect := func() error {
		u, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(l.addr))
		if err != nil {
			return err
		}
		c.udp = u
		c.tcp, err = net.DialTimeout("tcp4", l.addr.String(), 10*time.Second)
		return err
	}
	var err error
	if remote {
		err = l.pair.Do(connect)
	} else {
		err = connect()
	}
	if err != nil {
		l.t.Fatal(err)
	}
	c.in = bufio.NewReader(c.tcp)
	l.t.Cleanup(func() {
		c.udp.Close()
		c.tcp.Close()
	})
	return c
}

// raw sends a datagram and returns what comes back within a time, up to the end
// of the answer. memcached sends each item's part in datagrams of its own, which
// count from zero again.
func (c *client) raw(datagram []byte, wait time.Duration) ([]byte, error) {
	if _, err := c.udp.Write(datagram); err != nil {
		return nil, err
	}
	c.udp.SetReadDeadline(time.Now().Add(wait))
	var answer []byte
	var parts [][]byte
	for {
		n, err := c.udp.Read(c.buf[:])
		if err != nil {
			return answer, err
		}
		b := c.buf[:n]
		if n < 8 || len(datagram) < 2 || !bytes.Equal(b[:2], datagram[:2]) {
			continue // of an earlier request
		}
		seq, total := int(binary.BigEndian.Uint16(b[2:])), int(binary.BigEndian.Uint16(b[4:]))
		if total == 0 && n == 8 {
			continue // of an item that is not there
		}
		if seq != len(parts) || seq >= total {
			return nil, fmt.Errorf("datagram %d of %d after %d: % x", seq, total, len(parts), b[:8])
		}
		if parts = append(parts, append([]byte{}, b[8:]...)); len(parts) < total {
			continue
		}
		answer, parts = append(answer, bytes.Join(parts, nil)...), nil
		if _, err := parse(answer); err == nil || !bytes.HasPrefix(answer, []byte("VALUE ")) && bytes.HasSuffix(answer, []byte("\r\n")) {
			return answer, nil
		}
	}
}

func (c *client) frame(body string) []byte {
	c.id++
	h := binary.BigEndian.AppendUint16(nil, c.id)
	return append(append(h, 0, 0, 0, 1, 0, 0), body...)
}

// item is one of an answer.
type item struct{ key, value string }

// get asks for keys and returns the items in the answer, again until there is
// one.
func (c *client) get(keys ...string) ([]item, error) {
	for range 5 {
		b, err := c.raw(c.frame("get "+strings.Join(keys, " ")+"\r\n"), patience)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.lost++
			continue
		}
		if err != nil {
			return nil, err
		}
		return parse(b)
	}
	return nil, errors.New("no answer")
}

func parse(b []byte) (items []item, err error) {
	whole := b
	for {
		line, rest, ok := bytes.Cut(b, []byte("\r\n"))
		if !ok {
			return nil, fmt.Errorf("malformed answer %q", whole)
		}
		if string(line) == "END" && len(rest) == 0 {
			return items, nil
		}
		var key string
		var flags, n int
		if _, err := fmt.Sscanf(string(line), "VALUE %s %d %d", &key, &flags, &n); err != nil ||
			flags != itemFlags || len(rest) < n+2 || string(rest[n:n+2]) != "\r\n" {
			return nil, fmt.Errorf("malformed answer %q", whole)
		}
		items = append(items, item{key, string(rest[:n])})
		b = rest[n+2:]
	}
}

// itemFlags is stored with every item and comes back with it.
const itemFlags = 4242

// command sends text over TCP and returns the line that answers it.
func (c *client) command(text string) (string, error) {
	c.tcp.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := c.tcp.Write([]byte(text)); err != nil {
		return "", err
	}
	line, err := c.in.ReadString('\n')
	return strings.TrimSpace(line), err
}

func (c *client) set(key, value string) error {
	line, err := c.command(fmt.Sprintf("set %s %d 0 %d\r\n%s\r\n", key, itemFlags, len(value), value))
	if err == nil && line != "STORED" {
		err = fmt.Errorf("set %.40s: %s", key, line)
	}
	return err
}
