// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"encoding/binary"
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
func fieldInput(scenario int) report.Input {
	return report.Input{Case: uint32(scenario), Args: [8]uint64{5}}
}

func fieldOnHost(t *testing.T, scenario int, p rextest.SKB) told {
	t.Helper()
	o := tellHost(t, fieldInput(scenario), func() (uint32, []byte) {
		v, out := rextest.RunTC(t, fields.Run, p)
		return uint32(v), out.Data
	})
	o.samples = hostSamples(t, fields.Samples)
	return o
}

// TestFieldsHost compares the host implementation with golden/fields.txt.
func TestFieldsHost(t *testing.T) {
	rextest.Reset(t)
	all := map[string]told{}
	var names []string
	for _, c := range skbCases {
		for i, s := range fields.All {
			name := s.Name + ", " + c.name
			all[name] = fieldOnHost(t, i, c.skb)
			names = append(names, name)
		}
	}
	golden(t, "fields", names, all)
}

// TestVMFields compares the kernel with the host implementation.
func TestVMFields(t *testing.T) {
	kit.Need(t)
	rextest.Reset(t)
	ext := kit.Load(t, "fields", loader.Options{})
	samples := drain(t, ext, "Samples")
	for _, c := range skbCases {
		for i, s := range fields.All {
			name := s.Name + ", " + c.name
			want := fieldOnHost(t, i, c.skb)
			got := tellKernel(t, ext, fieldInput(i), func() (uint32, []byte) {
				res, err := ext.TestRunContext("Run", c.skb.Data, skbContext(c.skb))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				return res.Verdict, res.Packet
			})
			got.samples = samples()
			same(t, name, got, want)
		}
	}
}
