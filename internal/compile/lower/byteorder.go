// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

// byteOrderFunc lowers the accessors of encoding/binary and internal/byteorder
// to one access each. Written out in bytes they would stay that: bytes that
// others may change are loaded one by one, and LLVM does not combine such
// loads.
func byteOrderFunc(name string) (handler, bool) {
	big, method := false, ""
	if rest, ok := strings.CutPrefix(name, "(encoding/binary.bigEndian)."); ok {
		big, method = true, rest
	} else if rest, ok := strings.CutPrefix(name, "(encoding/binary.littleEndian)."); ok {
		method = rest
	} else if rest, ok := strings.CutPrefix(name, "internal/byteorder."); ok {
		if method, ok = strings.CutPrefix(rest, "BE"); ok {
			big = true
		} else if method, ok = strings.CutPrefix(rest, "LE"); !ok {
			return nil, false
		}
	}
	put := false
	if rest, ok := strings.CutPrefix(method, "Put"); ok {
		put, method = true, rest
	}
	bits := map[string]int64{"Uint16": 16, "Uint32": 32, "Uint64": 64}[method]
	if bits == 0 {
		return nil, false
	}
	return func(f *fn, c *ssa.Call, callee *ssa.Function) val {
		args := c.Call.Args
		if callee.Signature.Recv() != nil {
			args = args[1:]
		}
		b := f.value(args[0])
		f.boundsCheck(ir.Const(ir.I64, bits/8-1), b.c[1], false, true)
		if put {
			x := f.scalar(args[1])
			if big {
				x = f.unary("bswap", x)
			}
			f.f.Store(x, b.c[0], 1)
			return val{}
		}
		x := f.f.Load(ir.Int(int(bits)), b.c[0], 1, ir.Volatile)
		if big {
			x = f.unary("bswap", x)
		}
		return one(x)
	}, true
}
