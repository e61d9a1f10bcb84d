// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// mapDescriptor returns what stands for the value of a map variable: the
// address of the map's descriptor, which the linker defines.
func (g *gen) mapDescriptor(gl *ssa.Global) (ir.Value, bool) {
	v, ok := gl.Object().(*types.Var)
	if !ok {
		return ir.Value{}, false
	}
	i, ok := g.p.Check.MapVars[v]
	if !ok {
		return ir.Value{}, false
	}
	name := g.p.Check.Maps[i].Name
	sym := abi.MapSymbol(name)
	if x := g.m.Global(sym); x != nil {
		return x.Addr(), true
	}
	g.maps[name] = true
	return g.m.AddGlobal(&ir.Global{Name: sym, Linkage: "external", Type: ir.I8}), true
}

// global returns the address of a package-level variable.
func (g *gen) global(gl *ssa.Global) ir.Value {
	if p, ok := g.globals[gl]; ok {
		return p
	}
	t := gl.Type().Underlying().(*types.Pointer).Elem()
	l := g.layout(t)
	if l.size == 0 {
		return g.zeroBase()
	}
	name := gl.Name()
	if gl.Pkg != nil {
		name = gl.Pkg.Pkg.Name() + "." + name
		if g.m.Has(name) || g.taken(name) {
			name = gl.Pkg.Pkg.Path() + "." + gl.Name()
		}
	}
	for base, i := name, 2; g.m.Has(name) || g.taken(name); i++ {
		name = base + "·" + itoa(i)
	}
	x := &ir.Global{Name: name, Linkage: "internal", Type: ir.Bytes(max(l.size, 1)),
		Init: "zeroinitializer", Align: int(max(l.align, 1))}
	p := g.m.AddGlobal(x)
	g.globals[gl] = p
	g.globalOf[p.Ref] = x
	return p
}

// deadInit finds the instructions of a package initialiser that exist only to
// make maps: the store to a map variable and the constructor call. The maps
// are made by the loader.
func (g *gen) deadInit(f *ssa.Function) map[ssa.Instruction]bool {
	if !g.isPackageInit(f) {
		return nil
	}
	dead := map[ssa.Instruction]bool{}
	for _, b := range f.Blocks {
		for _, instr := range b.Instrs {
			s, ok := instr.(*ssa.Store)
			if !ok {
				continue
			}
			gl, ok := s.Addr.(*ssa.Global)
			if !ok {
				continue
			}
			if v, ok := gl.Object().(*types.Var); ok {
				if _, isMap := g.p.Check.MapVars[v]; isMap {
					dead[s] = true
					if call, ok := s.Val.(*ssa.Call); ok {
						dead[call] = true
					}
				}
			}
		}
	}
	return dead
}

// lowerInit makes the function that runs the package initialisers at load.
func (g *gen) lowerInit() {
	var inits []*ssa.Function
	for _, s := range g.p.Inits {
		if !g.folded[s].empty(s) {
			inits = append(inits, s)
		}
	}
	if len(inits) == 0 {
		return
	}
	x := g.m.AddFunc(&ir.Func{Name: InitSymbol, Linkage: "dso_local", Result: ir.I32, Attrs: baseAttrs, GC: gcName,
		Params: []ir.Param{{Type: ir.Ptr}}})
	g.synthetic(InitSymbol)
	// LLVM drops the lines of what it inlines into a function that has none.
	x.Debug = g.subprogram(inits[len(inits)-1], InitSymbol)
	f := g.helper(x)
	for _, s := range inits {
		f.setPos(s.Pos())
		f.f.Call(g.ref(s), "")
	}
	x.Ret(ir.Const(ir.I32, 0))
	g.out.Init = InitSymbol
}

// empty reports whether nothing of a package initialiser is left to run.
func (d *folder) empty(s *ssa.Function) bool {
	for _, b := range reachable(s) {
		for _, instr := range b.Instrs {
			switch instr.(type) {
			case *ssa.Return, *ssa.Jump, *ssa.RunDefers:
			default:
				if !d.dead[instr] {
					return false
				}
			}
		}
	}
	return true
}
