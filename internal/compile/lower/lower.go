// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"runtime/debug"
	"slices"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/rex-go/rex/internal/compile/ir"
	"github.com/rex-go/rex/internal/compile/ssabuild"
	"github.com/rex-go/rex/internal/diag"
)

// InitSymbol is the symbol of the function that runs package initialisers.
const InitSymbol = "rex.init"

// Module is a lowered extension.
type Module struct {
	// IR is LLVM IR text.
	IR string
	// Symbols maps each function's linker symbol to what people read.
	Symbols map[string]string
	// Guarded lists the symbols that check the stack on entry, Trusted those
	// of the SDK, the standard library and the compiler itself.
	Guarded, Trusted map[string]bool
	// Programs holds the symbol of each entry of ssabuild.Program.Entries.
	Programs []string
	// Init is InitSymbol when there is something to run at load.
	Init string
	// Maps lists the names of the maps that the code refers to, sorted.
	Maps []string
}

// gen is the state of lowering one extension.
type gen struct {
	p     *ssabuild.Program
	prog  *ssa.Program
	fset  *token.FileSet
	sizes types.Sizes
	m     *ir.Module
	out   *Module
	diags diag.List

	reach     *reach
	names     map[*ssa.Function]string
	funcs     map[*ssa.Function]*ir.Func
	queue     []*ssa.Function
	entries   map[*ssa.Function]bool
	layouts   typeutil.Map // types.Type -> *layout
	globals   map[*ssa.Global]ir.Value
	strs      map[string]ir.Value
	typs      typeutil.Map // types.Type -> *typeInfo
	typList   []*typeInfo
	invokes   map[invokeKey]*ir.Func
	pendIface []func()
	keyFuncs  typeutil.Map // key type -> map[string]*ir.Func
	rtFuncs   map[string]*ssa.Function
	initPkgs  map[*ssa.Function]bool
	esc       *escapes
	maps      map[string]bool

	// Static data: see statics.go.
	objects   map[*ssa.Global]*object
	objList   []*object
	globalOf  map[string]*ir.Global
	folded    map[*ssa.Function]*folder
	initCalls bool
	written   map[*ssa.Global]bool

	files   map[string]string // file name -> DIFile reference
	cu      string
	dbgType string
	likely  string // branch weights: first arm likely
	zeroMax int64
	zero    *ir.Global
	uniq    int
	// current is where the function stands that is lowered, or was last; first
	// the package.
	current token.Pos
}

// Lower lowers a program. The module is nil when there are diagnostics.
func Lower(p *ssabuild.Program) (out *Module, diags diag.List) {
	g := &gen{
		p:        p,
		prog:     p.SSA,
		fset:     p.SSA.Fset,
		sizes:    p.Check.Source.Sizes,
		m:        ir.NewModule(p.Check.Source.Root.PkgPath),
		names:    map[*ssa.Function]string{},
		funcs:    map[*ssa.Function]*ir.Func{},
		entries:  map[*ssa.Function]bool{},
		globals:  map[*ssa.Global]ir.Value{},
		strs:     map[string]ir.Value{},
		invokes:  map[invokeKey]*ir.Func{},
		rtFuncs:  map[string]*ssa.Function{},
		initPkgs: map[*ssa.Function]bool{},
		files:    map[string]string{},
		maps:     map[string]bool{},
		objects:  map[*ssa.Global]*object{},
		globalOf: map[string]*ir.Global{},
		folded:   map[*ssa.Function]*folder{},
		out: &Module{
			Symbols: map[string]string{},
			Guarded: map[string]bool{},
			Trusted: map[string]bool{},
		},
	}
	if g.sizes == nil {
		g.sizes = types.SizesFor("gc", "amd64")
	}
	if root := p.Check.Source.Root; len(root.Syntax) > 0 {
		g.current = root.Syntax[0].Name.Pos()
	}
	defer func() {
		if r := recover(); r != nil {
			g.internal(token.NoPos, r)
			out, diags = nil, g.finishDiags()
		}
	}()
	g.run()
	if len(g.diags) > 0 {
		return nil, g.finishDiags()
	}
	if err := g.m.Verify(); err != nil {
		g.diags.Add(g.position(g.current), diag.Internal, "this is a mistake of the compiler, please report it", "internal error: %v", err)
		return nil, g.diags
	}
	for name := range g.maps {
		g.out.Maps = append(g.out.Maps, name)
	}
	slices.Sort(g.out.Maps)
	g.out.IR = g.m.String()
	return g.out, nil
}

func (g *gen) run() {
	g.startDebug()
	g.prelude()
	for _, f := range g.p.Inits {
		g.initPkgs[f] = true
	}
	g.reach = g.discover()
	g.nameAll()
	g.esc = g.escapeAnalysis()
	for _, f := range g.p.Inits {
		g.foldInit(f)
	}
	g.findWritten()
	for i, f := range g.p.Entries {
		sym := g.names[f]
		g.out.Programs = append(g.out.Programs, sym)
		g.lowerEntry(f, sym)
		_ = i
	}
	g.lowerInit()
	for len(g.queue) > 0 {
		f := g.queue[0]
		g.queue = g.queue[1:]
		g.lowerFunc(f, g.funcs[f], false)
	}
	g.finishIfaces()
	g.finishStatics()
	g.finishZero()
	g.finishDebug()
}

// internal reports a mistake of the compiler at pos.
func (g *gen) internal(pos token.Pos, r any) {
	msg := fmt.Sprint(r)
	if _, ok := r.(*ir.Error); !ok {
		msg += "\n" + string(debug.Stack())
	}
	if !pos.IsValid() {
		pos = g.current
	}
	g.diags.Add(g.position(pos), diag.Internal, "this is a mistake of the compiler, please report it", "internal error: %s", msg)
}

func (g *gen) position(pos token.Pos) token.Position {
	if !pos.IsValid() {
		return token.Position{}
	}
	return g.fset.Position(pos)
}

func (g *gen) finishDiags() diag.List {
	g.diags.Sort()
	return slices.Compact(g.diags)
}

// unsupported reports a construct that cannot be lowered. When it stands in
// trusted code, the message tells how user code comes to it.
func (g *gen) unsupported(f *ssa.Function, pos token.Pos, format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if !pos.IsValid() && f != nil {
		pos = f.Pos()
	}
	hint := ""
	if f != nil && g.p.Trusted[f] && g.reach != nil {
		msg += " (in " + f.String() + ")"
		var chain string
		for c := f; c != nil; {
			from, ok := g.reach.from[c]
			if !ok {
				break
			}
			chain += "\n\tcalled from " + from.fn.String() + " at " + g.position(from.pos).String()
			if !g.p.Trusted[from.fn] {
				if from.pos.IsValid() {
					pos = from.pos
				}
				break
			}
			c = from.fn
		}
		hint = "the standard library is compiled with the extension and has to be pure computation" + chain
	}
	g.diags.Add(g.position(pos), diag.Unsupported, hint, "not supported yet: %s", msg)
}
