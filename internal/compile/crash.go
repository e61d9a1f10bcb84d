// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"context"
	"go/ast"
	"go/token"
	"runtime/debug"

	"golang.org/x/tools/go/packages"

	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/compile/ssabuild"
	"github.com/rex-go/rex/internal/diag"
)

// guarded runs a stage. A panic in it, our mistake or go/ssa's, becomes a
// diagnostic.
func (b *build) guarded(ctx context.Context, s stage) (err error) {
	defer func() {
		if r := recover(); r != nil {
			stack := debug.Stack()
			var l diag.List
			l.Add(b.blame(s.name), diag.Internal, "this is a mistake of the compiler, please report it", "internal error in %s: %v\n%s", s.name, r, stack)
			err = l
		}
	}()
	return s.run(b, ctx)
}

// blame looks for the function that a stage panics over: the one that is
// enough for it, without the bodies of all others. If there is none, the
// package as a whole is to blame.
func (b *build) blame(stage string) token.Position {
	if b.src == nil || b.src.Root == nil || len(b.src.Root.Syntax) == 0 {
		return token.Position{}
	}
	var run func() error
	switch stage {
	case "check":
		run = func() error { _, err := check.Check(b.src); return err }
	case "ssabuild":
		run = func() error { _, err := ssabuild.Build(b.chk, b.ssaOptions()); return err }
	}
	pos := b.src.Root.Syntax[0].Name.Pos()
	if run != nil {
		if fn := culprit(userFuncs(b.src), run); fn != nil {
			pos = fn.Name.Pos()
		}
	}
	return b.src.Fset.Position(pos)
}

// userFuncs lists the functions of the extension's own packages.
func userFuncs(src *source.Program) []*ast.FuncDecl {
	var list []*ast.FuncDecl
	packages.Visit([]*packages.Package{src.Root}, nil, func(p *packages.Package) {
		if !src.IsUser(p.PkgPath) {
			return
		}
		for _, f := range p.Syntax {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
					list = append(list, fn)
				}
			}
		}
	})
	return list
}

// culprit returns the first function whose body alone makes run panic.
func culprit(list []*ast.FuncDecl, run func() error) *ast.FuncDecl {
	bodies := make([]*ast.BlockStmt, len(list))
	for i, fn := range list {
		bodies[i], fn.Body = fn.Body, nil
	}
	defer func() {
		for i, fn := range list {
			fn.Body = bodies[i]
		}
	}()
	for i, fn := range list {
		fn.Body = bodies[i]
		crashed := panics(run)
		fn.Body = nil
		if crashed {
			return fn
		}
	}
	return nil
}

func panics(run func() error) (yes bool) {
	defer func() { yes = recover() != nil }()
	_ = run() // what it reports without the bodies is of no interest
	return false
}
