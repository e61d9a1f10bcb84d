// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/rex-go/rex/internal/abi"
)

// reach is what the entries can get to: functions in the order of discovery,
// the types that are put into interfaces, and the interface methods called.
// Dispatch on interfaces is a switch over exactly these types, so the program
// needs no method tables and, but for function values, no indirect calls.
type reach struct {
	funcs []*ssa.Function
	seen  map[*ssa.Function]bool
	from  map[*ssa.Function]site
	// used holds functions that are called or taken as values, in contrast to
	// being entered from the kernel.
	used map[*ssa.Function]bool

	boxed   typeutil.Map // types.Type -> bool
	boxList []types.Type
	calls   []ifaceCall
	callSet map[invokeKey]bool
	ifaces  typeutil.Map // interface -> int
}

type site struct {
	fn  *ssa.Function
	pos token.Pos
}

type invokeKey struct {
	iface  int
	method string
}

type ifaceCall struct {
	iface  *types.Interface
	method *types.Func
	at     site
}

func (g *gen) discover() *reach {
	r := &reach{
		seen:    map[*ssa.Function]bool{},
		from:    map[*ssa.Function]site{},
		used:    map[*ssa.Function]bool{},
		callSet: map[invokeKey]bool{},
	}
	var queue []*ssa.Function
	add := func(f *ssa.Function, at site) {
		if at.fn != nil {
			r.used[f] = true
		}
		if r.seen[f] {
			return
		}
		r.seen[f] = true
		if at.fn != nil {
			r.from[f] = at
		}
		r.funcs = append(r.funcs, f)
		queue = append(queue, f)
	}
	for _, f := range g.p.Entries {
		add(f, site{})
	}
	for _, f := range g.p.Inits {
		add(f, site{})
	}
	for _, name := range rtNames {
		if f := g.rtFunc(name); f != nil {
			add(f, site{})
		}
	}
	nTypes, nCalls := 0, 0
	for {
		for len(queue) > 0 {
			f := queue[0]
			queue = queue[1:]
			g.scan(r, f, add)
		}
		if nTypes == len(r.boxList) && nCalls == len(r.calls) {
			return r
		}
		for i, c := range r.calls {
			for j, t := range r.boxList {
				if i < nCalls && j < nTypes {
					continue
				}
				if m := g.implementation(t, c.iface, c.method); m != nil {
					add(m, c.at)
				}
			}
		}
		nTypes, nCalls = len(r.boxList), len(r.calls)
	}
}

// rtNames are the functions of internal/rt that instructions are lowered to.
var rtNames = []string{
	"ConcatStrings", "CompareString", "BytesToString", "StringToBytes", "RunesToString", "StringToRunes",
	"RuneToString", "DecodeRune", "GrowSlice", "AssertMessage",
	"PrintString", "PrintBool", "PrintInt", "PrintUint", "PrintPointer", "PrintSlice", "PrintIface", "PrintEnd",
	"FormatNamed", "FormatNamedString",
	"HMapMake", "HMapProbe", "HMapInsert", "HMapDelete", "HMapClear", "HMapIterInit", "HMapIterNext",
	"HashWord", "HashBytes", "HashString",
}

// implementation returns the function that a call of an interface's method
// runs when the dynamic type is t, nil when t does not implement the interface.
func (g *gen) implementation(t types.Type, iface *types.Interface, method *types.Func) *ssa.Function {
	if !types.Implements(t, iface) {
		return nil
	}
	sel := g.prog.MethodSets.MethodSet(t).Lookup(method.Pkg(), method.Name())
	if sel == nil {
		return nil
	}
	return g.prog.MethodValue(sel)
}

var errorIface = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// stringerIface is interface{ String() string }: the report of a panic has the
// text of a value that implements it.
var stringerIface = types.NewInterfaceType([]*types.Func{
	types.NewFunc(token.NoPos, nil, "String", types.NewSignatureType(nil, nil, nil, nil,
		types.NewTuple(types.NewVar(token.NoPos, nil, "", types.Typ[types.String])), false)),
}, nil).Complete()

// scan finds what one function refers to.
func (g *gen) scan(r *reach, f *ssa.Function, add func(*ssa.Function, site)) {
	dead := g.deadInit(f)
	var space [10]*ssa.Value
	for _, b := range reachable(f) {
		for _, instr := range b.Instrs {
			if dead[instr] {
				continue
			}
			at := site{f, instr.Pos()}
			if call, ok := instr.(ssa.CallInstruction); ok {
				common := call.Common()
				if common.IsInvoke() {
					if iface, ok := common.Value.Type().Underlying().(*types.Interface); ok {
						r.addCall(iface, common.Method, at)
					}
				}
			}
			switch instr := instr.(type) {
			case *ssa.MakeInterface:
				r.addBoxed(instr.X.Type())
			case *ssa.Panic:
				r.addCall(errorIface, errorIface.Method(0), at)
				r.addCall(stringerIface, stringerIface.Method(0), at)
			}
			for _, op := range instr.Operands(space[:0]) {
				if callee, ok := (*op).(*ssa.Function); ok && callee != nil {
					if _, special := g.special(callee); special && (callee.Blocks == nil || calls(instr, callee)) {
						continue
					}
					if callee.Blocks == nil {
						if to := g.replacement(callee); to != nil {
							add(to, at)
						}
						continue
					}
					if g.isPackageInit(callee) && !g.initPkgs[callee] {
						continue
					}
					add(callee, at)
				}
			}
		}
	}
}

// calls reports whether an instruction calls f, rather than using its value.
func calls(instr ssa.Instruction, f *ssa.Function) bool {
	call, ok := instr.(ssa.CallInstruction)
	return ok && call.Common().StaticCallee() == f
}

func (r *reach) addBoxed(t types.Type) {
	if r.boxed.At(t) == nil {
		r.boxed.Set(t, true)
		r.boxList = append(r.boxList, t)
	}
}

func (r *reach) ifaceID(t *types.Interface) int {
	if id := r.ifaces.At(t); id != nil {
		return id.(int)
	}
	id := r.ifaces.Len()
	r.ifaces.Set(t, id)
	return id
}

func (r *reach) addCall(iface *types.Interface, m *types.Func, at site) {
	key := invokeKey{r.ifaceID(iface), m.Id()}
	if !r.callSet[key] {
		r.callSet[key] = true
		r.calls = append(r.calls, ifaceCall{iface, m, at})
	}
}

// reachable returns the blocks that control flow can reach from the entry, in
// the order of the dominator tree: definitions come before uses, other than
// those of phis. The block for recover is not among them, since a panic ends
// the invocation.
func reachable(f *ssa.Function) []*ssa.BasicBlock {
	if len(f.Blocks) == 0 {
		return nil
	}
	seen := map[*ssa.BasicBlock]bool{f.Blocks[0]: true}
	work := []*ssa.BasicBlock{f.Blocks[0]}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range b.Succs {
			if !seen[s] {
				seen[s] = true
				work = append(work, s)
			}
		}
	}
	var list []*ssa.BasicBlock
	for _, b := range f.DomPreorder() {
		if seen[b] {
			list = append(list, b)
		}
	}
	return list
}

func (g *gen) isPackageInit(f *ssa.Function) bool {
	return f.Synthetic == "package initializer"
}

// replacement returns the Go function that stands for one without a body, nil
// when there is none (it may be an ABI function).
func (g *gen) replacement(f *ssa.Function) *ssa.Function {
	if _, ok := abi.FuncByGo(f.String()); ok {
		return nil
	}
	if name, ok := overlays[f.String()]; ok {
		return g.rtFunc(name)
	}
	return nil
}
