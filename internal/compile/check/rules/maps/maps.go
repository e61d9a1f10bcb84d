// SPDX-License-Identifier: Apache-2.0

package maps

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports wrong maps and misuse of map variables.
var Rule = rule.Rule{Name: "maps", Run: func(p *rule.Pass) { Find(p) }}

// Limits of a map.
const (
	MaxEntries     = 1 << 26
	MaxKey         = 512
	MaxValue       = 1 << 20
	MaxPerCPUValue = 32 << 10
	MaxAddress     = 256
	MinBytes       = 4096
	MaxBytes       = 1 << 30
)

// Found is a valid map variable.
type Found struct {
	Var        *types.Var
	Kind       abi.MapKind
	Key, Value types.Type
	Entries    uint32
	// Lock is the offset of the SpinLock in a value, nil for none.
	Lock  *uint32
	Ident *ast.Ident
}

// Find reports what is wrong with maps in the package and returns the maps.
func Find(p *rule.Pass) []Found {
	var found []Found
	callees := map[*ast.Ident]bool{} // names of constructors called in their place
	for _, f := range p.Pkg.Syntax {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				spec := s.(*ast.ValueSpec)
				if len(spec.Values) != len(spec.Names) {
					continue
				}
				for i, v := range spec.Values {
					call, ok := ast.Unparen(v).(*ast.CallExpr)
					if !ok {
						continue
					}
					kind, id, ok := constructor(p, call)
					if !ok {
						continue
					}
					callees[id] = true
					if m, ok := declare(p, spec.Names[i], kind, id, call); ok {
						found = append(found, m)
					}
				}
			}
		}
	}
	misuse(p, callees)
	return found
}

// constructor reports whether a call makes a map.
func constructor(p *rule.Pass, call *ast.CallExpr) (abi.MapKind, *ast.Ident, bool) {
	fn, id := p.Callee(call)
	kind, ok := constructorFunc(fn)
	return kind, id, ok
}

func constructorFunc(fn *types.Func) (abi.MapKind, bool) {
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != source.SDKPath || fn.Signature().Recv() != nil {
		return abi.MapKind{}, false
	}
	name, ok := strings.CutPrefix(fn.Name(), "New")
	if !ok {
		return abi.MapKind{}, false
	}
	return abi.MapKindByName(name)
}

// declare checks one map variable.
func declare(p *rule.Pass, name *ast.Ident, kind abi.MapKind, id *ast.Ident, call *ast.CallExpr) (Found, bool) {
	before := len(p.Problems)
	m := Found{Kind: kind, Ident: name}
	m.Var, _ = p.Info().Defs[name].(*types.Var)
	checkName(p, name)
	args := p.Info().Instances[id].TypeArgs
	none := types.NewStruct(nil, nil)
	switch {
	case kind.Bytes:
		m.Key, m.Value = none, none
		m.Entries = checkBytes(p, call)
		return m, m.Var != nil && len(p.Problems) == before
	case kind.Fixed != 0:
		m.Key, m.Value = types.Typ[types.Uint32], fixed(kind.Fixed)
		if args.Len() > 0 {
			checkValue(p, call, kind, args.At(0)) // what programs write
		}
		if !kind.CPUs {
			m.Entries = checkEntries(p, call)
		}
		return m, m.Var != nil && len(p.Problems) == before
	case kind.Prefix && args.Len() >= 2:
		m.Value = args.At(1)
		checkAddress(p, call, args.At(0))
		m.Key = prefix(p, args.At(0))
	case kind.HasKey && args.Len() >= 2:
		m.Key, m.Value = args.At(0), args.At(1)
		checkKey(p, call, m.Key)
	case kind.NoKey && args.Len() >= 1:
		m.Key, m.Value = none, args.At(0)
	case !kind.HasKey && args.Len() >= 1:
		m.Key, m.Value = types.Typ[types.Uint32], args.At(0)
	default:
		return m, false
	}
	checkValue(p, call, kind, m.Value)
	m.Lock = checkLock(p, call, kind, m.Key, m.Value)
	m.Entries = checkEntries(p, call)
	return m, m.Var != nil && len(p.Problems) == before
}

// fixed is the type of a value that programs do not see.
func fixed(size uint32) types.Type {
	if size == 4 {
		return types.Typ[types.Uint32]
	}
	return types.NewArray(types.Typ[types.Uint64], int64(size)/8)
}

func checkName(p *rule.Pass, name *ast.Ident) {
	const hint = "the variable's name is the BPF map's name, by which bpftool and host programs find it"
	switch {
	case name.Name == "_":
		p.Report(name, diag.MapName, hint, "a map needs a name")
	case len(name.Name) >= abi.MapNameSize:
		p.Report(name, diag.MapName, hint, "map name %s is longer than %d bytes", name.Name, abi.MapNameSize-1)
	case strings.ContainsFunc(name.Name, notPlain):
		p.Report(name, diag.MapName, hint, "map name %s has characters other than A-Z, a-z, 0-9 and _", name.Name)
	}
}

func notPlain(r rune) bool {
	return !(r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
}

func checkEntries(p *rule.Pass, call *ast.CallExpr) uint32 {
	if len(call.Args) == 0 {
		return 0
	}
	arg := call.Args[0]
	v := p.Info().Types[arg].Value
	if v == nil {
		p.Report(arg, diag.MapMaxEntries, "the kernel allocates a map before the extension runs", "the number of map entries must be a constant")
		return 0
	}
	n, exact := constant.Int64Val(constant.ToInt(v))
	if !exact || n <= 0 || n > MaxEntries {
		p.Report(arg, diag.MapMaxEntries, "", "the number of map entries is %s, outside 1 to %d", v, MaxEntries)
		return 0
	}
	return uint32(n)
}

// checkBytes checks the size of a ring buffer (ringbuf_map_alloc in
// kernel/bpf/ringbuf.c).
func checkBytes(p *rule.Pass, call *ast.CallExpr) uint32 {
	if len(call.Args) == 0 {
		return 0
	}
	arg := call.Args[0]
	v := p.Info().Types[arg].Value
	if v == nil {
		p.Report(arg, diag.MapMaxEntries, "the kernel allocates a map before the extension runs", "the size of a ring buffer must be a constant")
		return 0
	}
	n, exact := constant.Int64Val(constant.ToInt(v))
	if !exact || n < MinBytes || n > MaxBytes || n&(n-1) != 0 {
		p.Report(arg, diag.MapMaxEntries, "it is counted in bytes", "the size of a ring buffer is %s, not a power of two from %d to %d", v, MinBytes, MaxBytes)
		return 0
	}
	return uint32(n)
}

// prefix returns the SDK's Prefix type for an address, which is what the keys
// of a trie are.
func prefix(p *rule.Pass, addr types.Type) types.Type {
	sdk := p.Source.All[source.SDKPath]
	if sdk == nil || sdk.Types == nil {
		return addr
	}
	obj := sdk.Types.Scope().Lookup("Prefix")
	if obj == nil {
		return addr
	}
	t, err := types.Instantiate(nil, obj.Type(), []types.Type{addr}, false)
	if err != nil {
		return addr
	}
	return t
}
