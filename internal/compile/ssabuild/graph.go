// SPDX-License-Identifier: Apache-2.0

package ssabuild

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"
)

// graph is the call graph of what is reachable. Calls of function values reach
// every function of that signature whose address is taken, calls of interface
// methods the methods of every type that is converted to an interface (rapid
// type analysis, Bacon and Sweeney, OOPSLA 1996).
type graph struct {
	b     *builder
	funcs []*ssa.Function // in the order of discovery
	out   map[*ssa.Function][]edge
	has   map[edge]bool
	// via says how a function was first reached.
	via map[*ssa.Function]edge
	// taken holds the functions whose address is taken, by order of discovery.
	taken    []*ssa.Function
	isTaken  map[*ssa.Function]bool
	dynamic  []dynamicCall
	invokes  []invoke
	boxed    []types.Type
	isBoxed  typeutil.Map
	globals  []*ssa.Global
	isGlobal map[*ssa.Global]globalUse
	work     []*ssa.Function
	resolved map[invokeKey][]*ssa.Function
}

type invokeKey struct {
	iface  *types.Interface
	method *types.Func
}

// edge says that from refers to to at pos: it calls it, or takes its address.
type edge struct {
	from, to *ssa.Function
	pos      token.Pos
	call     bool
}

type dynamicCall struct {
	from *ssa.Function
	sig  *types.Signature
	pos  token.Pos
}

type invoke struct {
	from   *ssa.Function
	iface  *types.Interface
	method *types.Func
	pos    token.Pos
}

// globalUse is where a package-level variable is first used.
type globalUse struct {
	from *ssa.Function
	pos  token.Pos
}

func newGraph(b *builder) *graph {
	return &graph{
		b:        b,
		out:      map[*ssa.Function][]edge{},
		has:      map[edge]bool{},
		via:      map[*ssa.Function]edge{},
		isTaken:  map[*ssa.Function]bool{},
		isGlobal: map[*ssa.Global]globalUse{},
		resolved: map[invokeKey][]*ssa.Function{},
	}
}

// add makes f reachable.
func (g *graph) add(f *ssa.Function) {
	if _, ok := g.via[f]; ok {
		return
	}
	g.via[f] = edge{}
	g.funcs = append(g.funcs, f)
	g.work = append(g.work, f)
}

// connect adds an edge, and what it leads to.
func (g *graph) connect(e edge) {
	if _, ok := g.via[e.to]; !ok {
		g.add(e.to)
		g.via[e.to] = e
	}
	key := e
	key.pos = token.NoPos
	if !g.has[key] {
		g.has[key] = true
		g.out[e.from] = append(g.out[e.from], e)
	}
}

// solve scans functions and resolves indirect calls until nothing is added.
func (g *graph) solve() {
	var nDyn, nTaken, nInv, nBoxed int
	for {
		for len(g.work) > 0 {
			f := g.work[0]
			g.work = g.work[1:]
			g.b.ensure(f)
			g.scan(f)
		}
		if nDyn == len(g.dynamic) && nTaken == len(g.taken) && nInv == len(g.invokes) && nBoxed == len(g.boxed) {
			return
		}
		d, t, i, x := len(g.dynamic), len(g.taken), len(g.invokes), len(g.boxed)
		for ci, c := range g.dynamic[:d] {
			for ti, f := range g.taken[:t] {
				if (ci >= nDyn || ti >= nTaken) && types.Identical(plain(f.Signature), c.sig) {
					g.connect(edge{c.from, f, c.pos, true})
				}
			}
		}
		for ci, c := range g.invokes[:i] {
			for ti, typ := range g.boxed[:x] {
				if ci >= nInv || ti >= nBoxed {
					if f := g.implementation(typ, c); f != nil {
						g.connect(edge{c.from, f, c.pos, true})
					}
				}
			}
		}
		nDyn, nTaken, nInv, nBoxed = d, t, i, x
	}
}

// plain drops the receiver of a signature: a function value has none.
func plain(sig *types.Signature) *types.Signature {
	if sig.Recv() == nil {
		return sig
	}
	return types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
}

// implementation returns what a call of an interface method runs when the
// dynamic type is t, nil when t does not implement the interface.
func (g *graph) implementation(t types.Type, c invoke) *ssa.Function {
	if !types.Implements(t, c.iface) {
		return nil
	}
	sel := g.b.prog.MethodSets.MethodSet(t).Lookup(c.method.Pkg(), c.method.Name())
	if sel == nil {
		return nil
	}
	return g.b.prog.MethodValue(sel)
}

var errorType = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// stringerType is interface{ String() string }: the report of a panic has the
// text of a value that implements it.
var stringerType = types.NewInterfaceType([]*types.Func{
	types.NewFunc(token.NoPos, nil, "String", types.NewSignatureType(nil, nil, nil, nil,
		types.NewTuple(types.NewVar(token.NoPos, nil, "", types.Typ[types.String])), false)),
}, nil).Complete()

// scan records what one function refers to.
func (g *graph) scan(f *ssa.Function) {
	var space [16]*ssa.Value
	for _, block := range f.Blocks {
		for _, instr := range block.Instrs {
			pos := instr.Pos()
			var callee ssa.Value // the operand that is called, not taken
			if call, ok := instr.(ssa.CallInstruction); ok {
				common := call.Common()
				if !pos.IsValid() {
					pos = common.Pos()
				}
				switch {
				case common.IsInvoke():
					iface := common.Value.Type().Underlying().(*types.Interface)
					g.invokes = append(g.invokes, invoke{f, iface, common.Method, pos})
				case common.StaticCallee() != nil:
					g.connect(edge{f, common.StaticCallee(), pos, true})
					if _, ok := common.Value.(*ssa.Function); ok {
						callee = common.Value
					}
				default:
					if _, ok := common.Value.(*ssa.Builtin); !ok {
						sig := common.Value.Type().Underlying().(*types.Signature)
						g.dynamic = append(g.dynamic, dynamicCall{f, sig, pos})
					}
				}
			}
			switch instr := instr.(type) {
			case *ssa.MakeInterface:
				g.box(instr.X.Type())
			case *ssa.Panic:
				// The report of panic(x) has the text of an error or Stringer.
				g.invokes = append(g.invokes, invoke{f, errorType, errorType.Method(0), pos})
				g.invokes = append(g.invokes, invoke{f, stringerType, stringerType.Method(0), pos})
			}
			for i, op := range instr.Operands(space[:0]) {
				switch v := (*op).(type) {
				case *ssa.Function:
					if i == 0 && v == callee {
						continue
					}
					if mc, ok := instr.(*ssa.MakeClosure); ok && i == 0 && onlyCalled(mc) {
						g.connect(edge{f, v, pos, false})
						continue
					}
					g.take(v)
					g.connect(edge{f, v, pos, false})
				case *ssa.Global:
					g.use(v, f, pos)
				}
			}
		}
	}
}

// onlyCalled reports whether a closure is called where it is made and nothing
// else happens to it, so that the call is direct.
func onlyCalled(mc *ssa.MakeClosure) bool {
	for _, r := range *mc.Referrers() {
		call, ok := r.(*ssa.Call)
		if !ok || call.Call.Value != mc {
			return false
		}
		for _, arg := range call.Call.Args {
			if arg == mc {
				return false
			}
		}
	}
	return true
}

func (g *graph) take(f *ssa.Function) {
	if !g.isTaken[f] {
		g.isTaken[f] = true
		g.taken = append(g.taken, f)
	}
}

func (g *graph) box(t types.Type) {
	if g.isBoxed.At(t) == nil {
		g.isBoxed.Set(t, true)
		g.boxed = append(g.boxed, t)
	}
}

func (g *graph) use(v *ssa.Global, f *ssa.Function, pos token.Pos) {
	first, ok := g.isGlobal[v]
	if !ok {
		g.globals = append(g.globals, v)
	}
	// The initialiser's own store says least about why v is needed.
	if !ok || first.from == v.Pkg.Func("init") {
		g.isGlobal[v] = globalUse{f, pos}
	}
}

// preorder lists the functions with bodies, callers before callees.
func (g *graph) preorder(roots []*ssa.Function) []*ssa.Function {
	return g.walk(roots, func(edge) bool { return true })
}

// called is preorder of those that roots may call, directly or not: a function
// whose address they take need not be one of them.
func (g *graph) called(roots []*ssa.Function) []*ssa.Function {
	return g.walk(roots, func(e edge) bool { return e.call })
}

func (g *graph) walk(roots []*ssa.Function, follow func(edge) bool) []*ssa.Function {
	var list []*ssa.Function
	seen := map[*ssa.Function]bool{}
	var visit func(f *ssa.Function)
	visit = func(f *ssa.Function) {
		if seen[f] {
			return
		}
		seen[f] = true
		if f.Blocks != nil {
			list = append(list, f)
		}
		for _, e := range g.out[f] {
			if follow(e) {
				visit(e.to)
			}
		}
	}
	for _, f := range roots {
		visit(f)
	}
	return list
}

// guard returns the functions of cycles (Tarjan's strongly connected
// components) and those whose address is taken.
func (g *graph) guard() map[*ssa.Function]bool {
	guard := map[*ssa.Function]bool{}
	for _, f := range g.taken {
		if f.Blocks != nil {
			guard[f] = true
		}
	}
	index := map[*ssa.Function]int{}
	low := map[*ssa.Function]int{}
	onStack := map[*ssa.Function]bool{}
	var stack []*ssa.Function
	var visit func(f *ssa.Function)
	visit = func(f *ssa.Function) {
		index[f] = len(index) + 1
		low[f] = index[f]
		stack = append(stack, f)
		onStack[f] = true
		for _, e := range g.out[f] {
			if !e.call {
				continue
			}
			if e.to == f {
				guard[f] = true
			}
			if index[e.to] == 0 {
				visit(e.to)
				low[f] = min(low[f], low[e.to])
			} else if onStack[e.to] {
				low[f] = min(low[f], index[e.to])
			}
		}
		if low[f] != index[f] {
			return
		}
		for n := 0; ; n++ {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			onStack[top] = false
			if top == f {
				if n > 0 {
					guard[f] = true
				}
				return
			}
			guard[top] = true
		}
	}
	for _, f := range g.funcs {
		if index[f] == 0 {
			visit(f)
		}
	}
	return guard
}
