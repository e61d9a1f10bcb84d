// SPDX-License-Identifier: Apache-2.0

// Package logs writes log records of every kind. The byte of the packet behind
// the Ethernet header says which.
package logs

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Cases is how many kinds there are.
const Cases = 12

type (
	port   uint16
	name   string
	signed int8
	addr   [4]byte
	pair   struct{ a, b int }
)

type counter struct{ n uint64 }

// String returns the count in words of a kind.
func (c *counter) String() string {
	if c.n == 1 {
		return "once"
	}
	return "often"
}

// Write is the program.
//
//rex:xdp
func Write(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	eth, b, ok := packet.ParseEthernet(data)
	if !ok || len(b) < 24 {
		return xdp.Drop
	}
	n, neg := uint64(b[1]), -int(b[1])
	v4, v6 := packet.IPv4Addr(b[:4]), packet.IPv6Addr(b[4:20])
	switch b[0] {
	case 0:
		rex.Log(rex.LevelDebug, "no arguments")
	case 1:
		rex.Log(rex.LevelInfo, "integers", "n", n, "neg", neg, "i8", int8(neg), "u8", uint8(n), "i16", int16(neg),
			"u16", uint16(n), "i32", int32(neg), "u32", uint32(n), "i64", int64(neg), "port", port(n), "signed", signed(neg))
	case 2:
		rex.Log(rex.LevelWarn, "texts", "word", name("n"), "two", string(b[20:22])+" words", "empty", "", "ok", n > 3, "no", n < 3)
	case 3:
		rex.Log(rex.LevelError, "addresses", "src", eth.Src, "type", eth.Type, "v4", v4, "v6", v6)
	case 4:
		rex.Log(rex.LevelInfo, "bytes", "slice", b[:5], "array", [3]byte{1, 2, b[3]}, "named", addr(b[:4]), "nil", []byte(nil))
	case 5:
		var none *counter
		rex.Log(rex.LevelInfo, "methods", "err", rex.ErrExist, "lvl", rex.LevelWarn, "p", &counter{n}, "one", &counter{1}, "none", none)
	case 6:
		var p, q any = pair{1, 2}, &pair{} // the compiler would refuse them
		rex.Log(rex.LevelInfo, "others", "nil", nil, "pair", p, "ptr", q, "max", ^uint64(0), "min", int64(-1<<63))
	case 7:
		rex.Printf("%d|%5d|%-5d|%05d|%+d|%x|%#X|%o|%b|%c", n, neg, n, neg, n, n, n, n, n, rune(n))
	case 8:
		rex.Printf("%s|%8s|%-8s|%q|%x|%v|%t|100%%", "a", "b", "c", "d\n\"", "hi", n, n > 3)
	case 9:
		rex.Printf("%v|%s|%v|%x|%s", v4, eth.Dst, rex.ErrBusy, b[:4], b[20:22])
	case 10:
		for i := range 100 {
			rex.Printf("%d", i)
		}
	case 11:
		rex.Printf("%s %s", "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789", b[:4])
		rex.Printf("%200d|%-200d", n, n)
	}
	return xdp.Pass
}
