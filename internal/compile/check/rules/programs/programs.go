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
	// Record is the type of a tracepoint program's trace record.
	Record types.Type
}

// form is what a program type's functions look like.
type form struct {
	// pkg is the SDK package that has the context and Action, context the
	// name of the former.
	pkg, context string
	// record: the context has a type argument, the trace record.
	record bool
}

var forms = map[abi.ProgramType]form{
	abi.ProgramXDP:        {pkg: "xdp", context: "Context"},
	abi.ProgramTC:         {pkg: "tc", context: "Context"},
	abi.ProgramKprobe:     {pkg: "kprobe", context: "Context"},
	abi.ProgramKretprobe:  {pkg: "kprobe", context: "ReturnContext"},
	abi.ProgramTracepoint: {pkg: "tracepoint", context: "Context", record: true},
	abi.ProgramPerfEvent:  {pkg: "perfevent", context: "Context"},
}

// signature writes the form without "func".
func (f form) signature() string {
	record := ""
	if f.record {
		record = "[Record]"
	}
	return fmt.Sprintf("(ctx *%s.%s%s) %s.Action", f.pkg, f.context, record, f.pkg)
}

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
					f := Found{Func: p.Info().Defs[fn.Name].(*types.Func), Directive: d, Decl: fn}
					f.Record = recordType(f.Func)
					found = append(found, f)
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
	form := forms[d.Type]
	right := "func " + name + form.signature()
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
	if !ok || !form.matches(obj.Signature()) {
		p.Report(fn.Name, diag.Signature, "write "+right, "wrong signature for program type %s: %s must be %s", kind.Name, name, right)
		return false
	}
	if form.record {
		return validRecord(p, fn, recordType(obj))
	}
	return true
}

func (f form) matches(got *types.Signature) bool {
	if got.Variadic() || got.Params().Len() != 1 || got.Results().Len() != 1 {
		return false
	}
	ptr, ok := types.Unalias(got.Params().At(0).Type()).(*types.Pointer)
	return ok && isNamed(ptr.Elem(), f.pkg, f.context) && isNamed(got.Results().At(0).Type(), f.pkg, "Action")
}

func isNamed(t types.Type, pkg, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == source.SDKPath+"/"+pkg
}
