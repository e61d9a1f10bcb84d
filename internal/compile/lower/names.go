// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// nameAll gives each function its symbol: "pkg.Func", "pkg.(*T).Method",
// "pkg.Func[int]", "pkg.Func.func1". Where two packages share a name, the
// import path stands for it.
func (g *gen) nameAll() {
	byName := map[string]string{}
	clash := map[string]bool{}
	for _, f := range g.reach.funcs {
		p := funcPkg(f)
		if p == nil {
			continue
		}
		if old, ok := byName[p.Name()]; ok && old != p.Path() {
			clash[p.Name()] = true
		}
		byName[p.Name()] = p.Path()
	}
	for _, f := range g.reach.funcs {
		g.nameOf(f, clash)
	}
}

func funcPkg(f *ssa.Function) *types.Package {
	for ; f != nil; f = f.Parent() {
		if f.Pkg != nil {
			return f.Pkg.Pkg
		}
		if o := f.Object(); o != nil && o.Pkg() != nil {
			return o.Pkg()
		}
		if o := f.Origin(); o != nil && o.Pkg != nil {
			return o.Pkg.Pkg
		}
	}
	return nil
}

func (g *gen) nameOf(f *ssa.Function, clash map[string]bool) string {
	if n, ok := g.names[f]; ok {
		return n
	}
	qual := func(p *types.Package) string {
		if clash[p.Name()] {
			return p.Path()
		}
		return p.Name()
	}
	name := readable(f, qual)
	base := name
	for i := 2; g.m.Has(name) || g.taken(name); i++ {
		name = base + "·" + itoa(i)
	}
	g.names[f] = name
	g.out.Symbols[name] = base
	return name
}

func (g *gen) taken(name string) bool {
	_, ok := g.out.Symbols[name]
	return ok
}

func readable(f *ssa.Function, qual types.Qualifier) string {
	if p := f.Parent(); p != nil {
		name := f.Name()
		if i := strings.LastIndexByte(name, '$'); i >= 0 {
			name = "func" + name[i+1:]
		}
		if i := strings.LastIndexByte(name, '#'); i >= 0 {
			name = "range" + name[i+1:]
		}
		return readable(p, qual) + "." + name
	}
	pkg := ""
	if p := funcPkg(f); p != nil {
		pkg = qual(p) + "."
	}
	name := f.Name()
	if i := strings.IndexByte(name, '['); i >= 0 {
		args := make([]string, len(f.TypeArgs()))
		for i, t := range f.TypeArgs() {
			args[i] = types.TypeString(t, qual)
		}
		name = name[:i] + "[" + strings.Join(args, ",") + "]"
	}
	recv := f.Signature.Recv()
	if recv == nil && f.Synthetic != "" && len(f.FreeVars) == 1 && strings.HasSuffix(name, "$bound") {
		recv = types.NewVar(0, nil, "", f.FreeVars[0].Type())
	}
	if recv != nil {
		t := types.TypeString(recv.Type(), func(*types.Package) string { return "" })
		if strings.HasPrefix(t, "*") {
			t = "(" + t + ")"
		}
		if named, ok := deref(recv.Type()).(*types.Named); ok && named.Obj().Pkg() != nil {
			pkg = qual(named.Obj().Pkg()) + "."
		}
		if _, ok := recv.Type().Underlying().(*types.Interface); ok && f.Synthetic == "" {
			return pkg + t + "." + name
		}
		return pkg + t + "." + strings.TrimSuffix(name, "$bound") + suffix(name)
	}
	return pkg + name
}

func suffix(name string) string {
	if strings.HasSuffix(name, "$bound") {
		return "-fm"
	}
	return ""
}

func deref(t types.Type) types.Type {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		return types.Unalias(p.Elem())
	}
	return t
}
