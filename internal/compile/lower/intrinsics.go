// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/constant"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
	"github.com/rex-go/rex/internal/compile/source"
)

// special lowers a call of a function that the compiler knows.
type handler func(f *fn, c *ssa.Call, callee *ssa.Function) val

// special returns how calls of f are lowered in place, if they are. The
// bodies of these functions are never looked at.
func (g *gen) special(f *ssa.Function) (handler, bool) {
	name := f.String()
	if f.Origin() != nil {
		name = f.Origin().String()
	}
	return specialByName(name)
}

func specialByName(name string) (handler, bool) {
	if h, ok := intrinsic(name); ok {
		return h, true
	}
	if h, ok := bitsFunc(name); ok {
		return h, true
	}
	if h, ok := byteOrderFunc(name); ok {
		return h, true
	}
	if h, ok := atomicFunc(name); ok {
		return h, true
	}
	return stdFunc(name)
}

func intrinsic(name string) (handler, bool) {
	switch name {
	case rtPath + ".FieldOffset", source.SDKPath + "/kernel.Offset":
		return fieldOffset, true
	case source.SDKPath + "/kernel.Has":
		return fieldHas, true
	case rtPath + ".Alloc":
		return rtAlloc, true
	}
	return nil, false
}

// Provided reports whether lowering has an implementation of its own for a
// function without a Go body, named as ssa.Function.String prints it.
func Provided(name string) bool {
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	if _, ok := overlays[name]; ok {
		return true
	}
	_, ok := specialByName(name)
	return ok
}

func rtAlloc(f *fn, c *ssa.Call, _ *ssa.Function) val {
	return one(f.arena(f.scalar(c.Call.Args[0]), false))
}

// overlays replaces functions without a Go body (assembly, linkname) by
// functions of internal/rt.
var overlays = map[string]string{}

// fieldOffset lowers FieldOffset("struct", "field") to the address of an
// absolute symbol that the linker defines from the target's BTF.
func fieldOffset(f *fn, c *ssa.Call, _ *ssa.Function) val {
	return one(f.fieldSymbol(c, abi.FieldSymbol))
}

// fieldHas lowers Has("struct", "field"): another such symbol.
func fieldHas(f *fn, c *ssa.Call, _ *ssa.Function) val {
	return one(f.f.ICmp("eq", f.fieldSymbol(c, abi.HasSymbol), ir.Const(ir.I64, abi.HasField)))
}

// fieldSymbol is the address of an absolute symbol as a number. The two
// arguments of the call are the struct and the field.
func (f *fn) fieldSymbol(c *ssa.Call, symbol func(structName, field string) string) ir.Value {
	var names [2]string
	for i, a := range c.Call.Args {
		k, ok := a.(*ssa.Const)
		if !ok || k.Value == nil || k.Value.Kind() != constant.String {
			panic(unsupportedError{"call of " + c.Call.Value.Name() + " with arguments that are not constants"})
		}
		names[i] = constant.StringVal(k.Value)
	}
	sym := symbol(names[0], names[1])
	g := f.g
	if g.m.Global(sym) == nil {
		bounds := g.m.Meta("!{i64 0, i64 65536}")
		g.m.AddGlobal(&ir.Global{Name: sym, Linkage: "external", Type: ir.I8, Meta: "!absolute_symbol " + bounds})
	}
	return ir.Value{Type: ir.I64, Ref: "ptrtoint (ptr " + g.m.Global(sym).Addr().Ref + " to i64)"}
}

// bitsFunc lowers functions of math/bits to LLVM's intrinsics.
func bitsFunc(name string) (handler, bool) {
	name, ok := strings.CutPrefix(name, "math/bits.")
	if !ok {
		return nil, false
	}
	for _, suffix := range []string{"8", "16", "32", "64", ""} {
		base, ok := strings.CutSuffix(name, suffix)
		if !ok {
			continue
		}
		switch base {
		case "LeadingZeros", "TrailingZeros", "Len":
			return countFunc(base), true
		case "OnesCount":
			return popFunc, true
		case "ReverseBytes":
			return swapFunc, true
		case "Reverse":
			return reverseFunc, true
		}
	}
	return nil, false
}

// divides names the functions whose panics Go reports for their caller.
var divides = map[string]bool{"math/bits.Div": true, "math/bits.Div64": true}

// checkDiv panics as bits.Div64 does.
func (f *fn) checkDiv(hi, y ir.Value) {
	f.check(f.f.ICmp("ne", y, zero64), abi.PanicDivide, zero64, zero64)
	over, fits := f.f.NewBlock("panic"), f.f.NewBlock("ok")
	f.f.CondBr(f.f.ICmp("ugt", y, hi), fits, over, f.g.likely)
	f.f.SetBlock(over)
	text, n := f.g.str("runtime error: integer overflow")
	f.panicText(abi.PanicError, text, n)
	f.f.SetBlock(fits)
}

func (f *fn) unary(name string, x ir.Value) ir.Value {
	full := "llvm." + name + "." + string(x.Type)
	return f.f.Call(f.g.intrinsic(full, x.Type, x.Type), "", x)
}

func countFunc(base string) handler {
	return func(f *fn, c *ssa.Call, _ *ssa.Function) val {
		x := f.scalar(c.Call.Args[0])
		op := "ctlz"
		if base == "TrailingZeros" {
			op = "cttz"
		}
		full := "llvm." + op + "." + string(x.Type)
		in := f.g.m.Func(full)
		if in == nil {
			in = f.g.m.AddFunc(&ir.Func{Name: full, Result: x.Type, Params: []ir.Param{{Type: x.Type}, {Type: ir.I1, Attrs: "immarg"}}})
		}
		r := f.extend(f.f.Call(in, "", x, ir.Bool(false)), false, ir.I64)
		if base == "Len" {
			r = f.f.Bin("sub", ir.Const(ir.I64, int64(x.Type.Bits())), r)
		}
		return one(r)
	}
}

func popFunc(f *fn, c *ssa.Call, _ *ssa.Function) val {
	return one(f.extend(f.unary("ctpop", f.scalar(c.Call.Args[0])), false, ir.I64))
}

func swapFunc(f *fn, c *ssa.Call, _ *ssa.Function) val {
	return one(f.unary("bswap", f.scalar(c.Call.Args[0])))
}

func reverseFunc(f *fn, c *ssa.Call, _ *ssa.Function) val {
	return one(f.unary("bitreverse", f.scalar(c.Call.Args[0])))
}

// atomicFunc lowers the functions of sync/atomic and internal/runtime/atomic;
// the methods of atomic types are Go code that calls them.
func atomicFunc(name string) (handler, bool) {
	name, ok := strings.CutPrefix(name, "sync/atomic.")
	if !ok {
		return nil, false
	}
	ops := []struct {
		prefix string
		h      handler
	}{
		{"CompareAndSwap", atomicCAS}, {"Swap", atomicRMW("xchg")}, {"Add", atomicAdd},
		{"And", atomicRMW("and")}, {"Or", atomicRMW("or")}, {"Load", atomicLoad}, {"Store", atomicStore},
	}
	for _, op := range ops {
		rest, ok := strings.CutPrefix(name, op.prefix)
		if !ok {
			continue
		}
		switch rest {
		case "Int32", "Int64", "Uint32", "Uint64", "Uintptr", "Pointer":
			return op.h, true
		}
	}
	return nil, false
}

func atomicLoad(f *fn, c *ssa.Call, callee *ssa.Function) val {
	t := f.g.layout(callee.Signature.Results().At(0).Type()).comps[0].t
	return one(f.f.AtomicLoad(t, f.deref(c.Call.Args[0])))
}

func atomicStore(f *fn, c *ssa.Call, _ *ssa.Function) val {
	f.f.AtomicStore(f.scalar(c.Call.Args[1]), f.deref(c.Call.Args[0]))
	return val{}
}

func atomicRMW(op string) handler {
	return func(f *fn, c *ssa.Call, _ *ssa.Function) val {
		return one(f.f.AtomicRMW(op, f.deref(c.Call.Args[0]), f.scalar(c.Call.Args[1])))
	}
}

func atomicAdd(f *fn, c *ssa.Call, _ *ssa.Function) val {
	d := f.scalar(c.Call.Args[1])
	return one(f.f.Bin("add", f.f.AtomicRMW("add", f.deref(c.Call.Args[0]), d), d))
}

func atomicCAS(f *fn, c *ssa.Call, _ *ssa.Function) val {
	_, ok := f.f.CmpXchg(f.deref(c.Call.Args[0]), f.scalar(c.Call.Args[1]), f.scalar(c.Call.Args[2]))
	return one(ok)
}
