// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/check/directive"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports directives that are wrong in any way.
var Rule = rule.Rule{Name: "programs", Run: func(p *rule.Pass) { Find(p) }}

// Found is a function with a valid directive and signature.
type Found struct {
	Func      *types.Func
	Directive directive.Directive
	Decl      *ast.FuncDecl
}

// sdkPackage names the SDK package of each program type, which has its Context
// and Action.
var sdkPackage = map[abi.ProgramType]string{
	abi.ProgramXDP:        "xdp",
	abi.ProgramTC:         "tc",
	abi.ProgramKprobe:     "kprobe",
	abi.ProgramTracepoint: "tracepoint",
	abi.ProgramPerfEvent:  "perfevent",
}

// signature writes the form of a type's programs, without "func".
func signature(pkg string) string {
	return fmt.Sprintf("(ctx *%s.Context) %s.Action", pkg, pkg)
}

// supported says which program types can be loaded.
var supported = map[abi.ProgramType]bool{abi.ProgramXDP: true}

// Find reports wrong directives of the package and returns the programs.
func Find(p *rule.Pass) []Found {
	var found []Found
	for _, f := range p.Pkg.Syntax {
		attached := map[*ast.Comment]*ast.FuncDecl{}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Doc != nil {
				for _, c := range fn.Doc.List {
					attached[c] = fn
				}
			}
		}
		first := map[*ast.FuncDecl]*ast.Comment{}
		for _, group := range f.Comments {
			for _, c := range group.List {
				if !directive.Is(c.Text) {
					continue
				}
				fn := attached[c]
				d, err := directive.Parse(c.Text)
				switch {
				case err != nil:
					code := diag.DirectiveArgument
					if err.Unknown {
						code = diag.UnknownDirective
					}
					p.ReportRange(c.Pos()+token.Pos(err.Offset), c.End(), code, err.Hint, "%s", err.Message)
				case fn == nil:
					p.Report(c, diag.MisplacedDirective, "put it into the comment directly above a function, without a blank line between", "directive %s%s does not belong to a function", directive.Prefix, directive.Name(c.Text))
				case !p.IsRoot():
					p.Report(c, diag.MisplacedDirective, "programs belong into the extension's own package; call this function from one", "program %s is in an imported package", fn.Name.Name)
				case first[fn] != nil:
					p.Report(c, diag.DuplicateDirective, "write a second function", "function %s already has a program directive", fn.Name.Name)
				}
				if fn == nil || first[fn] != nil {
					continue
				}
				first[fn] = c
				if err == nil && p.IsRoot() && valid(p, fn, d) {
					found = append(found, Found{Func: p.Info().Defs[fn.Name].(*types.Func), Directive: d, Decl: fn})
				}
			}
		}
	}
	return found
}

// valid checks the form of a program's function.
func valid(p *rule.Pass, fn *ast.FuncDecl, d directive.Directive) bool {
	name := fn.Name.Name
	kind := directive.KindOf(d.Type)
	pkg := sdkPackage[d.Type]
	right := "func " + name + signature(pkg)
	switch {
	case fn.Recv != nil:
		p.Report(fn.Name, diag.ProgramFunc, "make it a function: "+right, "program %s is a method", name)
		return false
	case fn.Type.TypeParams != nil:
		p.Report(fn.Type.TypeParams, diag.ProgramFunc, "call a generic function from a program", "program %s has type parameters", name)
		return false
	case name == "_" || name == "init" || name == "main":
		p.Report(fn.Name, diag.ProgramFunc, "give the function another name", "function %s cannot be a program", name)
		return false
	case len(name) >= abi.NameSize:
		p.Report(fn.Name, diag.ProgramName, "", "the name of program %s is longer than %d bytes", name, abi.NameSize-1)
		return false
	}
	obj, ok := p.Info().Defs[fn.Name].(*types.Func)
	if !ok || !matches(obj.Signature(), pkg) {
		p.Report(fn.Name, diag.Signature, "write "+right, "wrong signature for program type %s: %s must be %s", kind.Name, name, right)
		return false
	}
	if !supported[d.Type] {
		p.Report(fn.Name, diag.ProgramUnsupported, "only XDP programs (//rex:xdp) can be loaded so far", "program type %s is not supported yet", kind.Name)
		return false
	}
	return true
}

func matches(got *types.Signature, pkg string) bool {
	if got.Variadic() || got.Params().Len() != 1 || got.Results().Len() != 1 {
		return false
	}
	ptr, ok := types.Unalias(got.Params().At(0).Type()).(*types.Pointer)
	return ok && isNamed(ptr.Elem(), pkg, "Context") && isNamed(got.Results().At(0).Type(), pkg, "Action")
}

func isNamed(t types.Type, pkg, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == source.SDKPath+"/"+pkg
}
