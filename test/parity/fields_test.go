// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/test/parity/testdata/fields"
)

// skbCase is a packet for every scenario of package fields.
type skbCase struct {
	name string
	skb  rextest.SKB
}

// testRunSKB adds what a test run's packet has on the loopback interface: it is
// for another host, and has a socket that is closed, between the IP addresses.
func testRunSKB(p rextest.SKB) rextest.SKB {
	const closed = 7
	s := &tc.Socket{State: closed}
	_, b, _ := packet.ParseEthernet(p.Data)
	if ip, _, ok := packet.ParseIPv4(b); ok {
		s.Family, s.LocalIP4, s.RemoteIP4 = unix.AF_INET, ip.Src, ip.Dst
	} else if ip, _, ok := packet.ParseIPv6(b); ok {
		s.Family, s.LocalIP6, s.RemoteIP6 = unix.AF_INET6, ip.Src, ip.Dst
	}
	p.Ifindex, p.PacketType, p.Socket = 1, 3, s
	return p
}

var skbCases = []skbCase{
	{"plain", testRunSKB(rextest.SKB{Data: udp4})},
	{"fields", testRunSKB(rextest.SKB{
		Data: udp6, Mark: 0x89abcdef, Priority: 77, CB: [5]uint32{1, 2, 3, 4, 1<<32 - 1}, Tstamp: 123456789,
		WireLen: 5000, GSOSegs: 5, GSOSize: 1000, HWTstamp: 987654321,
	})},
}

// fieldRuns calls f for each scenario and packet. Routes do not depend on it.
func fieldRuns(f func(name string, scenario int, p rextest.SKB)) {
	for n, c := range skbCases {
		for i, s := range fields.All {
			if n == 0 || !strings.HasPrefix(s.Name, "route") {
				f(s.Name+", "+c.name, i, c.skb)
			}
		}
	}
}

// skbContext is the struct __sk_buff for a test run on p.
func skbContext(p rextest.SKB) []byte {
	le, ctx := binary.LittleEndian, make([]byte, 192)
	le.PutUint32(ctx[8:], p.Mark)
	le.PutUint32(ctx[32:], p.Priority)
	for i, v := range p.CB {
		le.PutUint32(ctx[48+4*i:], v)
	}
	le.PutUint64(ctx[152:], p.Tstamp)
	le.PutUint32(ctx[160:], p.WireLen)
	le.PutUint32(ctx[164:], uint32(p.GSOSegs))
	le.PutUint32(ctx[176:], uint32(p.GSOSize))
	le.PutUint64(ctx[184:], p.HWTstamp)
	return ctx
}

// fieldInput is what a scenario is told.
func fieldInput(scenario int, ifindex uint32) report.Input {
	in := report.Input{Case: uint32(scenario), Args: [8]uint64{5}}
	if strings.HasPrefix(fields.All[scenario].Name, "route") {
		in.Args[0] = uint64(ifindex)
	}
	return in
}

func fieldOnHost(t *testing.T, scenario int, ifindex uint32, p rextest.SKB) told {
	t.Helper()
	o := tellHost(t, fieldInput(scenario, ifindex), func() (uint32, []byte) {
		v, out := rextest.RunTC(t, fields.Run, p)
		return uint32(v), out.Data
	})
	o.samples = hostSamples(t, fields.Samples)
	return o
}

// TestFieldsHost compares the host implementation with golden/fields.txt.
func TestFieldsHost(t *testing.T) {
	rextest.Reset(t)
	const ifindex = 42
	simulateNetwork(t, ifindex)
	all := map[string]told{}
	var names []string
	fieldRuns(func(name string, i int, p rextest.SKB) {
		all[name] = fieldOnHost(t, i, ifindex, p)
		names = append(names, name)
	})
	golden(t, "fields", names, all)
}

// TestVMFields compares the kernel with the host implementation.
func TestVMFields(t *testing.T) {
	kit.Need(t)
	rextest.Reset(t)
	ifindex := makeNetwork(t)
	simulateNetwork(t, ifindex)
	ext := kit.Load(t, "fields", loader.Options{})
	samples := drain(t, ext, "Samples")
	fieldRuns(func(name string, i int, p rextest.SKB) {
		want := fieldOnHost(t, i, ifindex, p)
		got := tellKernel(t, ext, fieldInput(i, ifindex), func() (uint32, []byte) {
			res, err := ext.TestRunContext("Run", p.Data, skbContext(p))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return res.Verdict, res.Packet
		})
		got.samples = samples()
		same(t, name, got, want)
	})
}
