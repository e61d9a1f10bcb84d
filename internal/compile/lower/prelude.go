// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"fmt"
	"reflect"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

func cpuOffset(field string) int64 {
	f, ok := reflect.TypeFor[abi.CPU]().FieldByName(field)
	if !ok {
		panic("no field " + field + " in abi.CPU")
	}
	return int64(f.Offset)
}

var (
	cpuPoll       = cpuOffset("Poll")
	cpuStackLimit = cpuOffset("StackLimit")
	cpuArenaNext  = cpuOffset("ArenaNext")
	cpuArenaEnd   = cpuOffset("ArenaEnd")
)

// prelude declares the ABI functions and defines the functions that every
// module has.
func (g *gen) prelude() {
	g.m.AddGlobal(&ir.Global{Name: abi.CPUSymbol, Linkage: "external", Type: ir.I8, AddrSpace: 256})
	for _, f := range abi.Funcs {
		x := &ir.Func{Name: f.Symbol, Result: ir.Type(f.Result), Attrs: `nounwind "gc-leaf-function"`}
		if f.NoReturn {
			x.Attrs += " noreturn"
		}
		if f.Cold {
			x.Attrs += " cold"
		}
		for _, p := range f.Params {
			x.Params = append(x.Params, ir.Param{Type: ir.Type(p)})
		}
		g.m.AddFunc(x)
	}
	g.poll()
	g.alloc()
}

// intrinsic declares an LLVM intrinsic.
func (g *gen) intrinsic(name string, result ir.Type, params ...ir.Type) *ir.Func {
	if f := g.m.Func(name); f != nil {
		return f
	}
	f := &ir.Func{Name: name, Result: result}
	for i, p := range params {
		q := ir.Param{Type: p}
		if immarg(name, i) {
			q.Attrs = "immarg"
		}
		f.Params = append(f.Params, q)
	}
	return g.m.AddFunc(f)
}

func immarg(name string, i int) bool {
	switch name {
	case "llvm.memmove.p0.p0.i64", "llvm.memcpy.p0.p0.i64", "llvm.memset.p0.i64":
		return i == 3
	case "llvm.frameaddress.p0":
		return i == 0
	}
	return false
}

// cpuField is the address of a field of the per-CPU variable.
func (f *fn) cpuField(off int64) ir.Value { return cpuAddr(off) }

func cpuAddr(off int64) ir.Value {
	if off == 0 {
		return ir.Value{Type: ir.CPUPtr, Ref: "@" + abi.CPUSymbol}
	}
	return ir.Value{Type: ir.CPUPtr, Ref: fmt.Sprintf("getelementptr (i8, %s @%s, i64 %d)", ir.CPUPtr, abi.CPUSymbol, off)}
}

// poll defines the safepoint that LLVM's place-safepoints pass puts on loop
// back-edges: one comparison of a per-CPU byte with zero. The call of rex_poll
// is hidden from LLVM, and rex_poll keeps all registers: so a poll neither
// splits the block that it stands in nor takes registers from the loop. It
// changes nothing that the program can see.
func (g *gen) poll() {
	f := g.m.AddFunc(&ir.Func{Name: "gc.safepoint_poll", Linkage: "dso_local", Attrs: baseAttrs})
	f.SetBlock(f.NewBlock("entry"))
	at := abi.CPUSymbol
	if cpuPoll != 0 {
		at += "+" + itoa(int(cpuPoll))
	}
	f.Asm("cmpb $$0, %gs:"+at+"(%rip)\nje 1f\ncall rex_poll\n1:", "~{dirflag},~{fpsr},~{flags}")
	f.Ret(ir.Value{})
}

// allocName is the arena's bump allocator: it returns size bytes, aligned to
// 16, not zeroed, and panics when the arena has no more.
const allocName = "rex.alloc"

func (g *gen) alloc() {
	f := g.m.AddFunc(&ir.Func{
		Name: allocName, Linkage: "internal", Result: ir.Ptr, RetAttrs: "noalias nonnull align 16",
		Attrs:  baseAttrs + ` "gc-leaf-function"`,
		Params: []ir.Param{{Type: ir.I64, Name: "size"}},
	})
	size := f.Param(0)
	f.SetBlock(f.NewBlock("entry"))
	next := f.Load(ir.I64, cpuAddr(cpuArenaNext), 8, ir.Plain)
	end := f.Load(ir.I64, cpuAddr(cpuArenaEnd), 8, ir.Plain)
	// Both ends are multiples of 16, so a size that fits still fits when it
	// is rounded up.
	fits := f.ICmp("ule", size, f.Bin("sub", end, next))
	ok, full := f.NewBlock("ok"), f.NewBlock("full")
	f.CondBr(fits, ok, full, g.likely)
	f.SetBlock(full)
	f.Call(g.m.Func("rex_panic"), "nomerge", ir.Const(ir.I32, int64(abi.PanicArena)), size, ir.Const(ir.I64, 0))
	f.Unreachable()
	f.SetBlock(ok)
	rounded := f.Bin("and", f.Bin("add", size, ir.Const(ir.I64, 15)), ir.Const(ir.I64, -16))
	f.Store(f.Bin("add", next, rounded), cpuAddr(cpuArenaNext), 8)
	f.Ret(f.Cast("inttoptr", next, ir.Ptr))
	g.out.Symbols[allocName] = allocName
	g.out.Trusted[allocName] = true
}

// arena returns size bytes of the arena, zeroed if asked.
func (f *fn) arena(size ir.Value, zero bool) ir.Value {
	if n, ok := size.ConstInt(); ok && n == 0 {
		return f.g.zeroBase()
	}
	p := f.f.Call(f.g.m.Func(allocName), "nomerge", size)
	if zero {
		f.zeroMem(p, size, 16)
	}
	return p
}

// zeroBase is the address of objects of size zero.
func (g *gen) zeroBase() ir.Value { return g.zeroBytes(1) }
