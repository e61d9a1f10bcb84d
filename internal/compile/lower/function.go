// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/token"
	"go/types"
	"strconv"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/ir"
)

// fn is the state of lowering one function.
type fn struct {
	g    *gen
	ssa  *ssa.Function
	f    *ir.Func
	sig  signature
	vals map[ssa.Value]val
	// first and last are the LLVM blocks that begin and end an SSA block.
	first, last map[*ssa.BasicBlock]*ir.Block
	phis        []pendingPhi
	outs        []ir.Value
	ctx         ir.Value
	entry       bool
	frame       int64
	pos         token.Pos
	file        string
	dead        map[ssa.Instruction]bool
	iters       map[*ssa.Range]ir.Value
	defers      *deferState
	// prologue is the block that is run once, before the body.
	prologue *ir.Block
	// exit is where several results are returned from, results their phis.
	exit    *ir.Block
	results []*ir.Instr
	blk     *ssa.BasicBlock
	ranges  *ranges
	// late are the addresses that are computed where they are stored to.
	late map[ssa.Value]bool
}

type pendingPhi struct {
	phi   *ssa.Phi
	nodes []*ir.Instr
	stage ir.Value
}

// Function attributes. no-builtins keeps LLVM from inventing calls to library
// functions; null_pointer_is_valid from drawing conclusions from accesses;
// disable-tail-calls from taking callers out of traces.
const (
	features  = `"target-features"="+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls,-sse,-sse2,-mmx,-x87,+soft-float"`
	baseAttrs = `nounwind noredzone null_pointer_is_valid fn_ret_thunk_extern "frame-pointer"="all" "no-builtins" "no-jump-tables"="true" "disable-tail-calls"="true" "target-cpu"="x86-64" ` + features
	gcName    = "statepoint-example"
)

// signature is how a Go function looks in LLVM: [context] [addresses for
// results kept in memory] parameters. Results in registers are returned as a
// scalar or a struct.
type signature struct {
	params []ir.Type
	attrs  map[int]string // of parameters
	ctx    bool
	outs   []int // indexes of results returned through memory
	flat   []ir.Type
	result ir.Type
}

func (g *gen) signature(params []types.Type, results *types.Tuple, ctx bool) signature {
	s := signature{ctx: ctx, attrs: map[int]string{}}
	if ctx {
		s.params = append(s.params, ir.Ptr)
	}
	for i := range results.Len() {
		l := g.layout(results.At(i).Type())
		if l.mem {
			s.outs = append(s.outs, i)
			s.params = append(s.params, ir.Ptr)
			continue
		}
		for _, c := range l.comps {
			s.flat = append(s.flat, c.t)
		}
	}
	for _, p := range params {
		l := g.layout(p)
		if l.mem {
			s.params = append(s.params, ir.Ptr)
			continue
		}
		for _, c := range l.comps {
			if c.most != 0 {
				s.attrs[len(s.params)] = "range(i64 0, " + bound(c.most) + ")"
			}
			s.params = append(s.params, c.t)
		}
	}
	switch len(s.flat) {
	case 0:
		s.result = ir.Void
	case 1:
		s.result = s.flat[0]
	default:
		s.result = ir.Struct(s.flat)
	}
	return s
}

func paramTypes(f *ssa.Function) []types.Type {
	list := make([]types.Type, len(f.Params))
	for i, p := range f.Params {
		list[i] = p.Type()
	}
	return list
}

func tupleTypes(t *types.Tuple) []types.Type {
	list := make([]types.Type, t.Len())
	for i := range list {
		list[i] = t.At(i).Type()
	}
	return list
}

func (s signature) newFunc(name string) *ir.Func {
	f := &ir.Func{Name: name, Linkage: "internal", Result: s.result, Attrs: baseAttrs, GC: gcName}
	for i, t := range s.params {
		f.Params = append(f.Params, ir.Param{Type: t, Attrs: s.attrs[i]})
	}
	return f
}

// bound is the number after most, as LLVM's ranges end with it.
func bound(most int64) string { return strconv.FormatInt(int64(uint64(most)+1), 10) }

// ref returns the LLVM function of a Go function and queues it for lowering.
func (g *gen) ref(f *ssa.Function) *ir.Func {
	if x, ok := g.funcs[f]; ok {
		return x
	}
	name := g.nameOf(f, nil)
	if g.entries[f] {
		// The symbol belongs to the kernel's entry; Go code that calls it
		// gets a second copy.
		name += ".go"
	}
	x := g.m.AddFunc(g.signature(paramTypes(f), f.Signature.Results(), len(f.FreeVars) > 0).newFunc(name))
	g.funcs[f] = x
	g.queue = append(g.queue, f)
	return x
}

// lowerEntry lowers a program: a C function that takes the context and
// returns the verdict in 32 bits.
func (g *gen) lowerEntry(f *ssa.Function, sym string) {
	g.entries[f] = true
	x := &ir.Func{Name: sym, Linkage: "dso_local", Result: ir.I32, Attrs: baseAttrs, GC: gcName,
		Params: []ir.Param{{Type: ir.Ptr, Attrs: "nonnull"}}}
	g.m.AddFunc(x)
	g.lowerFunc(f, x, true)
}

func (g *gen) lowerFunc(s *ssa.Function, x *ir.Func, entry bool) {
	f := &fn{
		g: g, ssa: s, f: x, entry: entry,
		sig:   g.signature(paramTypes(s), s.Signature.Results(), len(s.FreeVars) > 0),
		vals:  map[ssa.Value]val{},
		first: map[*ssa.BasicBlock]*ir.Block{},
		last:  map[*ssa.BasicBlock]*ir.Block{},
		iters: map[*ssa.Range]ir.Value{},
		dead:  g.deadInit(s),
		pos:   s.Pos(),
	}
	f.late = late(s)
	f.ranges = g.ranges(s, f.late)
	g.out.Symbols[x.Name] = x.Name
	if g.p.Trusted[s] {
		g.out.Trusted[x.Name] = true
	}
	if d := g.folded[s]; d != nil {
		f.dead = d.dead
		d.bind(f, s)
	}
	f.file = g.position(s.Pos()).Filename
	g.current = pick(s.Pos(), g.current)
	if isWrapper(s) {
		x.Debug = g.autoSubprogram()
	} else {
		x.Debug = g.subprogram(s, x.Name)
	}
	f.f.SetBlock(f.f.NewBlock("entry"))
	f.setPos(s.Pos())
	if g.p.Guard[s] {
		f.stackCheck()
	}
	f.params()
	f.body()
}

func (f *fn) params() {
	i := 0
	next := func() ir.Value {
		i++
		return f.f.Param(i - 1)
	}
	if f.sig.ctx {
		f.ctx = next()
		f.loadFreeVars()
	}
	for range f.sig.outs {
		f.outs = append(f.outs, next())
	}
	for _, p := range f.ssa.Params {
		l := f.g.layout(p.Type())
		if l.mem {
			f.vals[p] = val{mem: next()}
			continue
		}
		v := val{}
		for range l.comps {
			v.c = append(v.c, next())
		}
		f.vals[p] = v
	}
}

func (f *fn) body() {
	blocks := reachable(f.ssa)
	for _, b := range blocks {
		f.first[b] = f.f.NewBlock("b" + itoa(b.Index))
	}
	f.planDefers(blocks)
	runDefers := f.lostRunDefers(blocks)
	f.prologue = f.f.Block()
	for _, b := range blocks {
		f.blk = b
		f.f.SetBlock(f.first[b])
		for _, instr := range b.Instrs {
			if f.dead[instr] {
				continue
			}
			if runDefers[instr] {
				f.runDefers()
			}
			f.instrSafe(instr)
			if f.f.Terminated() {
				break
			}
		}
		if !f.f.Terminated() {
			// An instruction before the terminator was refused.
			f.f.Unreachable()
		}
		f.last[b] = f.f.Block()
	}
	f.finishPhis()
	f.f.SetBlock(f.prologue)
	f.f.Br(f.first[blocks[0]])
	if f.frame > maxInlineStack {
		f.f.Attrs += " noinline"
	}
}

// instrSafe lowers an instruction; a mistake of the compiler becomes a
// diagnostic that names it.
func (f *fn) instrSafe(instr ssa.Instruction) {
	defer func() {
		if r := recover(); r != nil {
			if u, ok := r.(unsupportedError); ok {
				f.g.unsupported(f.ssa, pick(instr.Pos(), f.pos), "%s", u.msg)
			} else {
				f.g.internal(pick(instr.Pos(), f.pos), r)
			}
			if v, ok := instr.(ssa.Value); ok {
				f.vals[v] = f.placeholder(v.Type())
			}
			if n := len(instr.Block().Instrs); instr.Block().Instrs[n-1] == instr && !f.f.Terminated() {
				f.f.Unreachable()
			}
		}
	}()
	if v, ok := instr.(ssa.Value); ok && f.late[v] {
		return
	}
	f.setPos(position(instr))
	f.instr(instr)
}

func pick(a, b token.Pos) token.Pos {
	if a.IsValid() {
		return a
	}
	return b
}

// placeholder stands for a value whose instruction was refused.
func (f *fn) placeholder(t types.Type) val {
	if tup, ok := t.(*types.Tuple); ok {
		v := val{}
		for i := range tup.Len() {
			v.tuple = append(v.tuple, f.placeholder(tup.At(i).Type()))
		}
		return v
	}
	return f.zero(t)
}

type unsupportedError struct{ msg string }

// stackCheck is the entry check of a function that may recurse: rex.need
// stands for what the function and the unchecked ones below it need; the
// object stage fills it in when the frames are known.
func (f *fn) stackCheck() {
	g := f.g
	g.out.Guarded[f.f.Name] = true
	need := g.m.Global("rex.need")
	if need == nil {
		bounds := g.m.Meta("!{i64 0, i64 2147483647}")
		g.m.AddGlobal(&ir.Global{Name: "rex.need", Linkage: "external", Type: ir.I8, Meta: "!absolute_symbol " + bounds})
		need = g.m.Global("rex.need")
	}
	fp := f.f.Call(g.intrinsic("llvm.frameaddress.p0", ir.Ptr, ir.I32), "", ir.Const(ir.I32, 0))
	left := f.f.Bin("sub", f.f.Cast("ptrtoint", fp, ir.I64), f.f.Load(ir.I64, f.cpuField(cpuStackLimit), 8, ir.Volatile))
	ok := f.f.ICmp("sgt", left, ir.Value{Type: ir.I64, Ref: "ptrtoint (ptr " + need.Addr().Ref + " to i64)"})
	f.check(ok, abi.PanicStack, ir.Const(ir.I64, 0), ir.Const(ir.I64, 0))
}
