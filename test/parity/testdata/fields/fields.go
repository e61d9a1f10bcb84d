// SPDX-License-Identifier: Apache-2.0

// Package fields has scenarios of packets in the network stack: what package tc
// reads and writes of them, besides the calls that package moves makes.
package fields

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/test/parity/routing"
)

// Scenario is one of them.
type Scenario struct {
	Name string
	Run  func(*tc.Context) tc.Action
}

// All are the scenarios.
var All = [...]Scenario{
	{"get", get},
	{"get words", words},
	{"set", set},
	{"word beyond", wordBeyond},
	{"word before", wordBefore},
	{"set word beyond", setWordBeyond},
	{"load", load},
	{"samples", samples},
	{"samples of no map", noSamples},
	{"redirect to IPv6", redirect6},
	{"redirect to IPv4", redirect4},
	{"room for Ethernet", room},
	{"routes", func(ctx *tc.Context) tc.Action { routing.Routes(ctx); return tc.OK }},
	{"routes of IPv6", func(ctx *tc.Context) tc.Action { routing.Routes6(ctx); return tc.OK }},
	{"route with options", func(ctx *tc.Context) tc.Action { routing.Options(ctx); return tc.OK }},
	{"route that nobody asks for", func(ctx *tc.Context) tc.Action { routing.Nil(ctx); return tc.OK }},
	{"nil context", nilContext},
	{"nil context for a sample", nilOutput},
}

// Run runs the one that the test asks for.
//
//rex:tc onpanic=continue timeout=10s
func Run(ctx *tc.Context) tc.Action {
	in := report.In.Lookup(0)
	if in == nil || in.Case >= uint32(len(All)) {
		return tc.Shot
	}
	return All[in.Case].Run(ctx)
}

// Lives are scenarios of traffic.
var Lives = [...]Scenario{
	{"get", func(ctx *tc.Context) tc.Action {
		get(ctx)
		h := ctx.Hash()
		report.Is("hash", ctx.RecalcHash() != 0)
		report.Is("that was kept", h == 0 || ctx.Hash() == h)
		return tc.Unspec
	}},
	{"room", liveRoom},
	{"pages", livePages},
}

// Live runs a scenario on the first packet with the mark that is the test's
// argument.
//
//rex:tc onpanic=continue timeout=10s
func Live(ctx *tc.Context) tc.Action {
	in, out := report.In.Lookup(0), report.Out.Lookup(0)
	if in == nil || out == nil || in.Args[0] == 0 || out.Len != 0 || uint64(ctx.Mark()) != in.Args[0] {
		return tc.Unspec
	}
	return Lives[in.Case].Run(ctx)
}

// liveRoom makes packets longer and shorter that will be split.
func liveRoom(ctx *tc.Context) tc.Action {
	for _, s := range [...]struct {
		n     int
		flags tc.RoomFlags
	}{{8, 0}, {-8, 0}, {8, tc.FixedGSO}, {-8, tc.FixedGSO}} {
		report.Number("bytes", s.n)
		report.Err("AdjustRoom", ctx.AdjustRoom(s.n, tc.RoomMAC, s.flags))
		report.Number("length", ctx.Len())
		report.Number("segments", ctx.GSOSegs())
		report.Number("their size", ctx.GSOSize())
	}
	report.Err("ChangeTail", ctx.ChangeTail(100))
	report.Number("length", ctx.Len())
	report.Number("segments", ctx.GSOSegs())
	report.Number("their size", ctx.GSOSize())
	return tc.Shot
}

// livePages works on a packet of which only the headers lie in one piece.
func livePages(ctx *tc.Context) tc.Action {
	n := int(ctx.Len())
	clear(ctx.Data()) // the test knows nothing of the headers
	look := func() {
		report.Number("length", ctx.Len())
		report.Number("linear", len(ctx.Data()))
		all := make([]byte, n)
		report.Err("LoadBytes", ctx.LoadBytes(all, 0))
		report.Bytes("some", all[38:62])
		report.Bytes("more", all[n-20:])
	}
	look()
	for _, size := range [...]int{0, 42, n - 100, n, n + 1} {
		report.Number("bytes", size)
		report.Err("OutputPacket", tc.OutputPacket(ctx, Samples, rex.CurrentCPU, 1, size))
	}
	report.Err("PullData", ctx.PullData(0))
	look()
	report.Err("PullData", ctx.PullData(100))
	look()
	report.Err("StoreBytes", ctx.StoreBytes([]byte("text"), 200, 0))
	look()
	report.Err("StoreBytes", ctx.StoreBytes([]byte("end"), n-3, 0))
	look()
	report.Err("StoreBytes", ctx.StoreBytes([]byte("end"), n-2, 0))
	report.Err("ChangeTail", ctx.ChangeTail(n-10))
	n -= 10
	look()
	return tc.Shot
}

func words(ctx *tc.Context) tc.Action {
	for i := range 5 {
		report.Number("word", ctx.CB(i))
	}
	return tc.OK
}

func get(ctx *tc.Context) tc.Action {
	report.Number("length", ctx.Len())
	report.Number("linear", len(ctx.Data()))
	report.Number("room", cap(ctx.Data()))
	report.Number("protocol", ctx.Protocol())
	report.Number("type", ctx.PacketType())
	report.Number("mark", ctx.Mark())
	report.Number("priority", ctx.Priority())
	report.Number("queue", ctx.QueueMapping())
	report.Number("index", ctx.TCIndex())
	report.Number("class", ctx.ClassID())
	report.Is("time stamp", ctx.Tstamp() != 0)
	report.Number("time stamp's clock", ctx.TstampType())
	report.Number("hardware's time stamp", ctx.HWTstamp())
	report.Number("interface", ctx.Ifindex())
	report.Number("received at", ctx.IngressIfindex())
	report.Is("hash", ctx.Hash() != 0)
	report.Is("VLAN", ctx.VLANPresent())
	report.Number("VLAN's id", ctx.VLANTCI())
	report.Number("VLAN's protocol", ctx.VLANProto())
	report.Number("length on the wire", ctx.WireLen())
	report.Number("segments", ctx.GSOSegs())
	report.Number("their size", ctx.GSOSize())
	report.Number("NAPI", ctx.NapiID())
	s, ok := ctx.Socket()
	report.Is("socket", ok)
	report.Number("family", s.Family)
	report.Number("state", s.State)
	report.Number("bound to", s.BoundIfindex)
	report.Number("local port", s.LocalPort)
	report.Number("remote port", s.RemotePort)
	report.Bytes("local address", s.LocalIP4[:])
	report.Bytes("remote address", s.RemoteIP4[:])
	report.Bytes("local address of IPv6", s.LocalIP6[:])
	report.Bytes("remote address of IPv6", s.RemoteIP6[:])
	return tc.OK
}

func set(ctx *tc.Context) tc.Action {
	for _, v := range [...]uint32{1, 0, 0x12345678, 1<<32 - 1, 1 << 16, 1<<16 - 1} {
		report.Number("value", v)
		ctx.SetMark(v)
		ctx.SetPriority(v)
		ctx.SetQueueMapping(uint16(v))
		ctx.SetTCIndex(uint16(v))
		ctx.SetClassID(uint16(v))
		for i := range 5 {
			ctx.SetCB(i, v+uint32(i))
		}
		ctx.SetTstamp(uint64(v) << 3)
		report.Number("mark", ctx.Mark())
		report.Number("priority", ctx.Priority())
		report.Number("queue", ctx.QueueMapping())
		report.Number("index", ctx.TCIndex())
		report.Number("class", ctx.ClassID())
		for i := range 5 {
			report.Number("word", ctx.CB(i))
		}
		report.Number("time stamp", ctx.Tstamp())
		report.Number("time stamp's clock", ctx.TstampType())
		ctx.SetHash(v)
		report.Number("hash", ctx.Hash())
		if v != 0 {
			report.Number("kept hash", ctx.RecalcHash())
		}
		ctx.InvalidateHash()
		report.Number("no hash", ctx.Hash())
	}
	for i := range uint32(6) {
		report.Err("type", ctx.ChangeType(i))
		report.Number("type", ctx.PacketType())
	}
	report.Is("own length", ctx.WireLen() == ctx.Len())
	return tc.Shot
}

func wordBeyond(ctx *tc.Context) tc.Action {
	report.Number("not reached", ctx.CB(int(report.Arg(0))))
	return tc.OK
}

func wordBefore(ctx *tc.Context) tc.Action {
	report.Number("not reached", ctx.CB(-int(report.Arg(0))))
	return tc.OK
}

func setWordBeyond(ctx *tc.Context) tc.Action {
	ctx.SetCB(int(report.Arg(0)), 1)
	return tc.OK
}

func load(ctx *tc.Context) tc.Action {
	n := int(ctx.Len())
	for _, size := range [...]int{0, 1, 8, n, n + 1} {
		for _, off := range [...]int{0, 1, n - 8, n - 1, n, n + 1, -1, -1 << 31, 1<<31 - 1, 1 << 31, 1 << 32, 1<<63 - 1, -1 << 63} {
			dst := make([]byte, size)
			for i := range dst {
				dst[i] = 0xee
			}
			report.Number("at", off)
			report.Err("LoadBytes", ctx.LoadBytes(dst, off))
			report.Number("sum", packet.Checksum(dst))
		}
	}
	return tc.OK
}

// Samples is read by the test.
var Samples = rex.NewPerfEventArray[uint64]()

func samples(ctx *tc.Context) tc.Action {
	n := int(ctx.Len())
	report.Err("Output", tc.Output(ctx, Samples, rex.CurrentCPU, 1))
	report.Err("Output", tc.Output(ctx, Samples, rex.CPU(), 2))
	report.Err("Output", tc.Output(ctx, Samples, 1<<20, 3))
	for i, size := range [...]int{0, 1, 14, n, n + 1, -1, 0xf000 - 8, 0xf000, 1 << 20, 1 << 32, -1 << 63} {
		report.Number("bytes", size)
		report.Err("OutputPacket", tc.OutputPacket(ctx, Samples, rex.CurrentCPU, uint64(i)+10, size))
	}
	report.Err("OutputPacket", tc.OutputPacket(ctx, Samples, 1<<20, 99, 1))
	return tc.OK
}

var nothing *rex.PerfEventArray[uint64]

func noSamples(ctx *tc.Context) tc.Action {
	report.Err("not reached", tc.Output(ctx, nothing, rex.CurrentCPU, 1))
	return tc.OK
}

func redirect6(ctx *tc.Context) tc.Action {
	return ctx.RedirectNextHop(1, tc.NextHop6([16]byte{0xfe, 0x80, 15: 1}))
}

func redirect4(ctx *tc.Context) tc.Action {
	return ctx.RedirectNextHop(1<<20, tc.NextHop4([4]byte{127, 0, 0, 1}))
}

func room(ctx *tc.Context) tc.Action {
	for _, f := range [...]tc.RoomFlags{
		tc.EncapIPv4 | tc.EncapUDP | tc.EncapEthernet | tc.EncapL2(14),
		tc.EncapIPv4 | tc.EncapL2(14),
		tc.EncapL2(255),
		tc.EncapIPv6 | tc.EncapGRE | tc.EncapL2(13) | tc.EncapEthernet,
		tc.EncapIPv4 | tc.EncapUDP | tc.EncapGRE,
	} {
		report.Err("AdjustRoom", ctx.AdjustRoom(60, tc.RoomMAC, f))
		report.Number("length", ctx.Len())
	}
	return tc.OK
}

func nilContext(*tc.Context) tc.Action {
	var none *tc.Context
	report.Number("not reached", none.Len())
	return tc.OK
}

func nilOutput(*tc.Context) tc.Action {
	var none *tc.Context
	report.Err("not reached", tc.Output(none, Samples, rex.CurrentCPU, 1))
	return tc.OK
}
