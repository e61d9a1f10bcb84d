// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func samplePackets() []Captured {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)
	one := Packet(Ethernet{}, IPv4{}, UDP{SrcPort: 4000, DstPort: 53}, Text("question"))
	two := Packet(Ethernet{}, IPv6{}, TCP{DstPort: 443})
	return []Captured{{at, one, len(one)}, {at.Add(time.Second), two[:40], len(two)}, {at, nil, 0}}
}

func TestPcap(t *testing.T) {
	file, want := filepath.Join(t.TempDir(), "x.pcap"), samplePackets()
	WritePcap(t, file, want)
	got := ReadPcap(t, file)
	want[2].Data = []byte{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%v\nwant\n%v", got, want)
	}
	if bin, err := exec.LookPath("tcpdump"); err == nil {
		out, err := exec.Command(bin, "-n", "-t", "-r", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "192.0.2.1.4000 > ") {
			t.Errorf("tcpdump: %v\n%s", err, out)
		}
	}
}

// block is one of pcapng.
func block(o binary.ByteOrder, kind uint32, body []byte) []byte {
	body = append(body, make([]byte, -len(body)&3)...)
	b := make([]byte, 8, 12+len(body))
	o.PutUint32(b, kind)
	o.PutUint32(b[4:], uint32(12+len(body)))
	return append(append(b, body...), b[4:8]...)
}

func fields(o binary.ByteOrder, list ...any) []byte {
	var b bytes.Buffer
	for _, v := range list {
		binary.Write(&b, o, v)
	}
	return b.Bytes()
}

// TestPcapng: two sections of different byte orders, timestamps of different
// units, blocks that are not read.
func TestPcapng(t *testing.T) {
	var file []byte
	var want []Captured
	pkt := Packet(Ethernet{}, IPv4{}, UDP{}, Text("odd"))
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	for _, o := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		micros, millis := uint64(at.UnixMicro()), uint64(at.UnixMilli())
		file = append(file, block(o, ngSection, fields(o, uint32(ngByteOrder), uint16(1), uint16(0), int64(-1)))...)
		file = append(file, block(o, ngInterface, fields(o, uint16(linkEther), uint16(0), uint32(20)))...)
		file = append(file, block(o, ngInterface, fields(o, uint16(linkEther), uint16(0), uint32(0), // name, resolution, end
			uint16(2), uint16(3), []byte("lo0\x00"), uint16(ngTsResol), uint16(1), []byte{3, 0, 0, 0}, uint32(0)))...)
		file = append(file, block(o, 4, []byte("names"))...)
		file = append(file, block(o, ngPacket, fields(o, uint32(0), uint32(micros>>32), uint32(micros), uint32(len(pkt)), uint32(99), pkt))...)
		file = append(file, block(o, ngPacket, fields(o, uint32(1), uint32(millis>>32), uint32(millis), uint32(len(pkt)), uint32(len(pkt)), pkt))...)
		file = append(file, block(o, ngSimple, fields(o, uint32(len(pkt)), pkt[:20]))...)
		want = append(want, Captured{at, pkt, 99}, Captured{at, pkt, len(pkt)}, Captured{Data: pkt[:20], Len: len(pkt)})
	}
	got, err := parsePcap(file)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%v, %v\nwant\n%v", got, err, want)
	}
}

func TestPcapErrors(t *testing.T) {
	whole := formatPcap(samplePackets())
	order := binary.LittleEndian
	other := bytes.Clone(whole)
	order.PutUint32(other[20:], 113)
	section := block(order, ngSection, fields(order, uint32(ngByteOrder), uint16(1), uint16(0), int64(-1)))
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":        {nil, "not a capture"},
		"text":         {bytes.Repeat([]byte("text "), 10), "neither pcap nor pcapng"},
		"cooked":       {other, "link type 113"},
		"head cut":     {whole[:30], "ends within a packet"},
		"packet cut":   {whole[:24+16+10], "ends within a packet"},
		"block cut":    {section[:len(section)-2], "ends within a packet"},
		"order":        {append([]byte{10, 13, 13, 10}, make([]byte, 24)...), "unknown byte order"},
		"no interface": {append(bytes.Clone(section), block(order, ngPacket, make([]byte, 20))...), "interface 0 of 0"},
	} {
		if list, err := parsePcap(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

// FuzzPcap: no file makes it panic, and what is read is read again when written.
func FuzzPcap(f *testing.F) {
	f.Add(formatPcap(samplePackets()))
	le := binary.LittleEndian
	f.Add(append(append(block(le, ngSection, fields(le, uint32(ngByteOrder), uint16(1), uint16(0), int64(-1))),
		block(le, ngInterface, fields(le, uint16(linkEther), uint16(0), uint32(0), uint16(ngTsResol), uint16(1), []byte{9, 0, 0, 0}))...),
		block(le, ngPacket, fields(le, uint32(0), uint64(7), uint32(3), uint32(3), []byte("abc")))...))
	f.Fuzz(func(t *testing.T, file []byte) {
		list, err := parsePcap(file)
		if err != nil {
			return
		}
		again, err := parsePcap(formatPcap(list))
		if err != nil || len(again) != len(list) {
			t.Fatalf("%v, %d packets of %d", err, len(again), len(list))
		}
		for i := range list {
			if !bytes.Equal(list[i].Data, again[i].Data) {
				t.Errorf("packet %d: % x, was % x", i, again[i].Data, list[i].Data)
			}
		}
	})
}
