// SPDX-License-Identifier: Apache-2.0

// Package pcap reads captures of network traffic, so that a program can be tested
// with packets that were recorded, and writes them.
package pcap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Packet is a packet of a capture.
type Packet struct {
	Time time.Time
	// Data is the packet from the Ethernet header on.
	Data []byte
	// Len is how many bytes it had on the wire: more than Data when the capture
	// has only the packet's beginning.
	Len int
}

// snapLen is the largest packet of a capture in bytes, as tcpdump has it.
const snapLen = 1 << 18

// Read returns the packets of a capture of Ethernet, as tcpdump -w and Wireshark
// write them (pcap and pcapng, also compressed by gzip):
//
//	for _, p := range pcap.Read(t, "testdata/office.pcap") {
//		action, out := rextest.RunXDP(t, Filter, p.Data)
//		…
//	}
//
// The test ends when the file is missing or malformed.
func Read(t testing.TB, file string) []Packet {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		var list []Packet
		if list, err = parse(b); err == nil {
			return list
		}
	}
	t.Fatalf("read capture %s: %v", file, err)
	return nil
}

// Write writes a capture (pcap, with nanoseconds) that Read, tcpdump -r and
// Wireshark read. A Len of 0 stands for that of Data, a zero Time for 1970.
func Write(t testing.TB, file string, packets []Packet) {
	t.Helper()
	b, err := format(packets)
	if err == nil {
		err = os.WriteFile(file, b, 0o644)
	}
	if err != nil {
		t.Fatalf("write capture %s: %v", file, err)
	}
}

func parse(b []byte) (list []Packet, err error) {
	var r interface {
		ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
		LinkType() layers.LinkType
	}
	ng, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.NgReaderOptions{ErrorOnMismatchingLinkType: true})
	r = ng
	if err != nil {
		if r, err = pcapgo.NewReader(bytes.NewReader(b)); err != nil {
			return nil, fmt.Errorf("neither pcap nor pcapng: %w", err)
		}
	}
	for {
		data, info, err := r.ReadPacketData()
		if link := r.LinkType(); link != layers.LinkTypeEthernet {
			return nil, fmt.Errorf("link type %v, not Ethernet", link)
		}
		switch {
		case errors.Is(err, io.EOF) && info.CaptureLength == 0:
			return list, nil
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("the file ends within a packet")
		case err != nil:
			return nil, err
		}
		list = append(list, Packet{Time: info.Timestamp, Data: data, Len: info.Length})
	}
}

func format(packets []Packet) ([]byte, error) {
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	err := w.WriteFileHeader(snapLen, layers.LinkTypeEthernet)
	for _, p := range packets {
		if p.Time.IsZero() {
			p.Time = time.Unix(0, 0)
		}
		info := gopacket.CaptureInfo{Timestamp: p.Time, CaptureLength: len(p.Data), Length: max(p.Len, len(p.Data))}
		err = errors.Join(err, w.WritePacket(info, p.Data))
	}
	return b.Bytes(), err
}
