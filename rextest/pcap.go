// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"
)

// Captured is a packet of a capture.
type Captured struct {
	Time time.Time
	// Data is the packet from the Ethernet header on.
	Data []byte
	// Len is how long it was on the wire: more than Data has when the capture
	// has only the packet's beginning.
	Len int
}

// ReadPcap returns the packets of a capture of Ethernet, as tcpdump -w and
// Wireshark write them (pcap and pcapng, not compressed), so that a program can
// be tested with traffic that was recorded:
//
//	for _, p := range rextest.ReadPcap(t, "testdata/office.pcap") {
//		action, out := rextest.RunXDP(t, Filter, p.Data)
//		…
//	}
//
// The test ends when the file is missing or malformed.
func ReadPcap(t testing.TB, file string) []Captured {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		var list []Captured
		if list, err = parsePcap(b); err == nil {
			return list
		}
	}
	t.Fatalf("read capture %s: %v", file, err)
	return nil
}

// WritePcap writes a capture (pcap, with nanoseconds) that ReadPcap, tcpdump -r and
// Wireshark read. A Len of 0 stands for that of Data, a zero Time for 1970.
func WritePcap(t testing.TB, file string, packets []Captured) {
	t.Helper()
	if err := os.WriteFile(file, formatPcap(packets), 0o644); err != nil {
		t.Fatalf("write capture: %v", err)
	}
}

// The file formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
const (
	pcapMicros = 0xa1b2c3d4
	pcapNanos  = 0xa1b23c4d
	linkEther  = 1
	maxCapture = 1 << 18 // of one packet, as tcpdump has it

	ngSection   = 0x0a0d0d0a
	ngByteOrder = 0x1a2b3c4d
	ngInterface = 1
	ngSimple    = 3
	ngPacket    = 6
	ngTsResol   = 9 // an option of an interface
)

var errCut = errors.New("the file ends within a packet")

func formatPcap(packets []Captured) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, pcapNanos)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(le.AppendUint32(b, maxCapture), linkEther)
	for _, p := range packets {
		var sec, nsec int64
		if !p.Time.IsZero() {
			sec, nsec = p.Time.Unix(), int64(p.Time.Nanosecond())
		}
		b = le.AppendUint32(le.AppendUint32(b, uint32(sec)), uint32(nsec))
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(p.Data))), uint32(max(p.Len, len(p.Data))))
		b = append(b, p.Data...)
	}
	return b
}

func parsePcap(b []byte) ([]Captured, error) {
	if len(b) < 24 {
		return nil, errors.New("not a capture")
	}
	if binary.LittleEndian.Uint32(b) == ngSection { // the same in either order
		return parsePcapng(b)
	}
	var order binary.ByteOrder
	var unit int64
	for _, o := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch o.Uint32(b) {
		case pcapMicros:
			order, unit = o, 1000
		case pcapNanos:
			order, unit = o, 1
		}
	}
	if order == nil {
		return nil, errors.New("neither pcap nor pcapng (is it compressed?)")
	}
	if link := order.Uint32(b[20:]) & 0xffff; link != linkEther {
		return nil, fmt.Errorf("link type %d, not Ethernet", link)
	}
	var list []Captured
	for b = b[24:]; len(b) > 0; {
		if len(b) < 16 {
			return nil, errCut
		}
		when := time.Unix(int64(order.Uint32(b)), int64(order.Uint32(b[4:]))*unit).UTC()
		p, rest, err := packetOf(b[16:], order.Uint32(b[8:]), order.Uint32(b[12:]))
		if err != nil {
			return nil, err
		}
		p.Time = when
		list, b = append(list, p), rest
	}
	return list, nil
}

// packetOf cuts a packet off b.
func packetOf(b []byte, size, wire uint32) (p Captured, rest []byte, err error) {
	if size > maxCapture || uint64(size) > uint64(len(b)) {
		return p, nil, errCut
	}
	return Captured{Data: bytes.Clone(b[:size]), Len: int(wire)}, b[size:], nil
}

// parsePcapng reads blocks: of a section, of its interfaces, of their packets.
func parsePcapng(b []byte) (list []Captured, err error) {
	type iface struct {
		link uint16
		snap uint32
		unit time.Duration // 0: finer than a nanosecond, not told
	}
	var order binary.ByteOrder
	var ifaces []iface
	for len(b) > 0 {
		if len(b) < 12 {
			return nil, errCut
		}
		if binary.LittleEndian.Uint32(b) == ngSection {
			switch {
			case binary.LittleEndian.Uint32(b[8:]) == ngByteOrder:
				order = binary.LittleEndian
			case binary.BigEndian.Uint32(b[8:]) == ngByteOrder:
				order = binary.BigEndian
			default:
				return nil, errors.New("unknown byte order")
			}
			ifaces = nil
		}
		size := order.Uint32(b[4:])
		if size < 12 || size%4 != 0 || uint64(size) > uint64(len(b)) {
			return nil, errCut
		}
		kind, body := order.Uint32(b), b[8:size-4]
		b = b[size:]
		var p Captured
		n := uint32(0) // of the interface
		switch {
		case kind == ngInterface && len(body) >= 8:
			ifaces = append(ifaces, iface{order.Uint16(body), order.Uint32(body[4:]), resolution(order, body[8:])})
			continue
		case kind == ngPacket && len(body) >= 20:
			if p, _, err = packetOf(body[20:], order.Uint32(body[12:]), order.Uint32(body[16:])); err != nil {
				return nil, err
			}
			if n = order.Uint32(body); uint64(n) < uint64(len(ifaces)) {
				ticks := uint64(order.Uint32(body[4:]))<<32 | uint64(order.Uint32(body[8:]))
				p.Time = instant(ticks, ifaces[n].unit)
			}
		case kind == ngSimple && len(body) >= 4:
			wire := order.Uint32(body)
			captured := min(wire, uint32(len(body)-4))
			if len(ifaces) > 0 && ifaces[0].snap > 0 {
				captured = min(captured, ifaces[0].snap)
			}
			if p, _, err = packetOf(body[4:], captured, wire); err != nil {
				return nil, err
			}
		default:
			continue // names, statistics, comments
		}
		if uint64(n) >= uint64(len(ifaces)) {
			return nil, fmt.Errorf("packet of interface %d of %d", n, len(ifaces))
		}
		if link := ifaces[n].link; link != linkEther {
			return nil, fmt.Errorf("link type %d, not Ethernet", link)
		}
		list = append(list, p)
	}
	return list, nil
}

// resolution returns the unit of an interface's timestamps.
func resolution(order binary.ByteOrder, options []byte) time.Duration {
	for len(options) >= 4 {
		code, n := order.Uint16(options), int(order.Uint16(options[2:]))
		options = options[4:]
		if padded := (n + 3) &^ 3; code == 0 || padded > len(options) {
			break
		} else if code == ngTsResol && n == 1 {
			unit := time.Second
			for range min(options[0], 10) {
				unit /= 10
			}
			return unit // a power of two is none that is in use
		} else {
			options = options[padded:]
		}
	}
	return time.Microsecond
}

// instant is a number of units after 1970.
func instant(ticks uint64, unit time.Duration) time.Time {
	if unit == 0 {
		return time.Time{}
	}
	perSecond := uint64(time.Second / unit)
	return time.Unix(int64(ticks/perSecond), int64(ticks%perSecond)*int64(unit)).UTC()
}
