// SPDX-License-Identifier: Apache-2.0

package values

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

type (
	port  uint16
	small int8
	word  string
	quad  [4]byte
)

// times has a String method that allocates.
type times struct{ n uint64 }

func (t *times) String() string {
	if t.n == 1 {
		return "once"
	}
	return "often, " + rex.Level(t.n).String()
}

// long is more than a record takes.
const long = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz" +
	"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"

func logs(ctx *xdp.Context) {
	b := ctx.Data()
	n := uint64(b[0]) // 2
	rex.Log(rex.LevelDebug, "nothing else")
	rex.Log(rex.LevelInfo, "")
	rex.Log(rex.LevelWarn, "integers", "u64", ^uint64(0), "i64", int64(-1<<63), "u8", uint8(n), "i8", -int8(n), "port", port(n),
		"small", -small(n), "uintptr", uintptr(n), "int", -int(n), "u32", uint32(n), "i16", int16(n))
	rex.Log(rex.LevelError, "texts", "word", word("w"), "built", string(b[:0])+"x"+long[:n], "none", "", "yes", n == 2, "no", n != 2)
	rex.Log(rex.LevelInfo, "bytes", "slice", b[:4], "none", b[:0], "nil", []byte(nil), "array", [3]byte{1, 2, 3}, "named", quad(b[:4]))
	rex.Log(rex.LevelInfo, "methods", "mac", packet.MAC(b[:6]), "v4", packet.IPv4Addr(b[:4]), "v6", packet.IPv6Addr(b[:16]),
		"err", rex.ErrBusy, "level", rex.LevelWarn, "p", &times{n}, "one", &times{1}, "no", (*times)(nil), "be", packet.BE16(b[:2]))
	rex.Log(rex.LevelInfo, "nil", "v", nil)
	rex.Log(rex.LevelInfo, "broken \xff\xfe text", "v", string(b[6:8])+"\x00\x01")
	rex.Log(rex.LevelInfo, long)
	rex.Log(rex.LevelInfo, "long", "v", long, "beyond", n)
	rex.Log(0, "no level")
	rex.Log(17, "no such level")
}

func printfs(ctx *xdp.Context) {
	b := ctx.Data()
	n := int(b[0]) // 2
	rex.Printf("plain")
	rex.Printf("%d|%5d|%-5d|%05d|%+d|%x|%#X|%o|%#o|%b|%c", n, -n, n, -n, n, 254+n, 254+n, 64+n, 64+n, n, 'a'+rune(n))
	rex.Printf("%s|%8s|%-8s|%q|%x|%X|%v|%t|%6t|100%%", "a", "b", "c", "d\n\"", "hi", "hi", "e", n > 1, n < 1)
	rex.Printf("%v|%s|%v|%x|%#x|%v", packet.IPv4Addr(b[:4]), packet.MAC(b[:6]), rex.ErrExist, b[:3], b[:3], b[:3])
	rex.Printf("%v|%v|%v|%d", &times{1}, port(n), small(-n), ^uint64(0))
	rex.Printf("%200d", n)
	rex.Printf("%s", long+long)
}

// prints uses the built-in functions, one line a call.
func prints(ctx *xdp.Context) {
	b := ctx.Data()
	n := int(b[0]) // 2
	println("texts", "and", string(b[:0]), long[:n])
	println(n, -n, ^uint64(0), int64(-1<<63), uint8(255), int8(-128), uintptr(n), port(n), small(-n), 'x')
	println(n == 2, n != 2, nil == any(nil))
	print("no ", "spaces", n, true, word(" w"), "\n")
	println()
	var none *int
	println(none, []byte(nil), []int(nil), any(nil), error(nil), map[int]int(nil))
	println(rex.ErrBusy, rex.LevelWarn)
}

// names writes the text of every value that has one.
func names(ctx *xdp.Context) {
	for e := rex.Errno(0); e < 130; e++ {
		report.String("errno", e.Error())
		if e.Temporary() {
			report.Number("temporary", e)
		}
	}
	report.String("errno", rex.ErrNotSupported.Error())
	report.String("errno", rex.Errno(1<<32-1).Error())
	for i := range uint32(12) {
		report.String("level", rex.Level(i).String())
		report.String("route", rex.FIBResult(i).String())
		report.String("xdp", xdp.Action(i).String())
		report.String("tc", tc.Action(int32(i)-2).String())
		report.String("kprobe", kprobe.Action(i).String())
		report.String("tracepoint", tracepoint.Action(i).String())
		report.String("perf event", perfevent.Action(i).String())
	}
	b := ctx.Data()
	for off := range len(b) - 16 {
		report.String("MAC", packet.MAC(b[off:off+6]).String())
		report.String("IPv4", packet.IPv4Addr(b[off:off+4]).String())
		report.String("IPv6", packet.IPv6Addr(b[off:off+16]).String())
		report.String("16 bits", packet.BE16(b[off:off+2]).String())
		report.String("32 bits", packet.BE32(b[off:off+4]).String())
		report.String("64 bits", packet.BE64(b[off:off+8]).String())
		if off > 20 {
			break
		}
	}
	for _, a := range [...]packet.IPv6Addr{
		{}, {15: 1}, {1}, {0x20, 1, 0xd, 0xb8, 8: 1, 15: 2}, {10: 0xff, 11: 0xff, 12: 1, 13: 2, 14: 3, 15: 4},
		{1: 1, 3: 1, 5: 1, 7: 1, 9: 1, 11: 1, 13: 1, 15: 1}, {0xfe, 0x80, 4: 1, 12: 1},
	} {
		report.String("IPv6", a.String())
	}
}
