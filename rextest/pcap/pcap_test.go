// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/rex-go/rex/rextest"
)

func samples() []Packet {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)
	one := rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{SrcPort: 4000, DstPort: 53}, rextest.Text("question"))
	two := rextest.Packet(rextest.Ethernet{}, rextest.IPv6{}, rextest.TCP{DstPort: 443})
	return []Packet{{at, one, len(one)}, {at.Add(time.Second), two[:40], len(two)}, {at, []byte{}, 0}}
}

func formatted(t testing.TB, packets []Packet) []byte {
	t.Helper()
	b, err := format(packets)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPcap(t *testing.T) {
	file, want := filepath.Join(t.TempDir(), "x.pcap"), samples()
	Write(t, file, want)
	if got := Read(t, file); !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%v\nwant\n%v", got, want)
	}
	if bin, err := exec.LookPath("tcpdump"); err == nil {
		out, err := exec.Command(bin, "-n", "-t", "-r", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "192.0.2.1.4000 > ") {
			t.Errorf("tcpdump: %v\n%s", err, out)
		}
	}
}

// pcapng makes a capture as Wireshark does.
func pcapng(t testing.TB, link layers.LinkType, packets []Packet) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, link)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: p.Time, CaptureLength: len(p.Data), Length: p.Len}, p.Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPcapng(t *testing.T) {
	want := samples()
	if got, err := parse(pcapng(t, layers.LinkTypeEthernet, want)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%v, %v\nwant\n%v", got, err, want)
	}
}

func TestErrors(t *testing.T) {
	whole := formatted(t, samples())
	raw := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(raw[20:], uint32(layers.LinkTypeLinuxSLL))
	ng := pcapng(t, layers.LinkTypeEthernet, samples())
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":      {nil, "neither pcap nor pcapng"},
		"text":       {bytes.Repeat([]byte("text "), 10), "neither pcap nor pcapng"},
		"cooked":     {raw, "link type Linux SLL"},
		"cooked ng":  {pcapng(t, layers.LinkTypeLinuxSLL, samples()), "link type Linux SLL"},
		"head cut":   {whole[:30], "ends within a packet"},
		"data cut":   {whole[:24+16], "ends within a packet"},
		"packet cut": {whole[:24+16+10], "ends within a packet"},
		"block cut":  {ng[:len(ng)-20], "ends within a packet"},
	} {
		if list, err := parse(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}
