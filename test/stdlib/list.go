// SPDX-License-Identifier: Apache-2.0

package stdlib

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
	"github.com/rex-go/rex/test/native"
)

// packages is what docs/stdlib.md lists.
var packages = []string{
	"bytes", "cmp", "container/heap", "container/list", "container/ring", "crypto/md5", "crypto/sha1", "crypto/sha256",
	"encoding/base32", "encoding/base64", "encoding/binary", "encoding/hex", "errors", "hash/adler32", "hash/crc32", "hash/crc64",
	"hash/fnv", "iter", "maps", "math/bits", "net/netip", "slices", "sort", "strconv", "strings", "unicode", "unicode/utf16", "unicode/utf8",
}

// function is one exported function or method.
type function struct {
	pkg  string
	name string // as documentation writes it: F, T.M
	// expr refers to it in Go source.
	expr string
	obj  *types.Func
	// why says why it cannot be used, empty when it can.
	why string
	// by is the test program's file that uses it, empty when none does.
	by string
}

// dir is where programs are compiled that exist in memory only.
func dir() string { return filepath.Join(native.Root(), "test/native/testdata/prog") }

// functions finds every exported function of packages, tries to compile each,
// and notes which test uses it.
func functions(ctx context.Context) ([]*function, error) {
	list, err := declared(ctx)
	if err != nil {
		return nil, err
	}
	if err := try(ctx, list); err != nil {
		return nil, err
	}
	return list, uses(ctx, list)
}

// load type-checks a program.
func load(ctx context.Context, files map[string][]byte) (*source.Program, error) {
	overlay := map[string][]byte{}
	for name, src := range files {
		overlay[filepath.Join(dir(), name)] = src
	}
	return source.Load(ctx, source.Config{Dir: native.Root(), Pattern: "./test/native/testdata/prog", Overlay: overlay})
}

// declared lists the functions, in the order of the documentation.
func declared(ctx context.Context) ([]*function, error) {
	var b bytes.Buffer
	b.WriteString("package main\n\nimport (\n")
	for _, p := range packages {
		fmt.Fprintf(&b, "\t_ %q\n", p)
	}
	b.WriteString(")\n\nfunc cases() []func() { return nil }\n")
	prog, err := load(ctx, map[string][]byte{"all.go": b.Bytes()})
	if err != nil {
		return nil, err
	}
	var list []*function
	for _, path := range packages {
		scope := prog.All[path].Types.Scope()
		for _, name := range scope.Names() {
			switch obj := scope.Lookup(name).(type) {
			case *types.Func:
				if obj.Exported() {
					list = append(list, &function{pkg: path, name: name, obj: obj, expr: alias(path) + "." + name + instance(obj)})
				}
			case *types.TypeName:
				if obj.Exported() && !obj.IsAlias() {
					list = append(list, methods(path, obj)...)
				}
			}
		}
	}
	return list, nil
}

// alias is the name under which the generated program imports a package.
func alias(path string) string { return strings.ReplaceAll(path, "/", "_") }

// methods lists a type's exported methods.
func methods(path string, obj *types.TypeName) []*function {
	t, ok := obj.Type().(*types.Named)
	if !ok || types.IsInterface(t) || t.TypeParams().Len() > 0 {
		return nil
	}
	var list []*function
	for m := range t.Methods() {
		if !m.Exported() {
			continue
		}
		recv := alias(path) + "." + obj.Name()
		if _, ptr := m.Signature().Recv().Type().(*types.Pointer); ptr {
			recv = "(*" + recv + ")"
		}
		list = append(list, &function{pkg: path, name: obj.Name() + "." + m.Name(), obj: m, expr: recv + "." + m.Name()})
	}
	slices.SortFunc(list, func(a, b *function) int { return strings.Compare(a.name, b.name) })
	return list
}

// instance returns type arguments for a generic function: integers, and
// slices, maps and sequences of them.
func instance(f *types.Func) string {
	params := f.Signature().TypeParams()
	if params.Len() == 0 {
		return ""
	}
	var args []string
	for p := range params.TypeParams() {
		arg := "int"
		iface := p.Constraint().Underlying().(*types.Interface)
		if iface.NumEmbeddeds() == 1 {
			if u, ok := iface.EmbeddedType(0).(*types.Union); ok && u.Len() == 1 {
				switch u.Term(0).Type().Underlying().(type) {
				case *types.Slice:
					arg = "[]int"
				case *types.Map:
					arg = "map[int]int"
				}
			}
		}
		if iface.NumMethods() > 0 {
			arg = "error"
		}
		args = append(args, arg)
	}
	return "[" + strings.Join(args, ", ") + "]"
}

// try compiles a program that refers to every function, and leaves out what is
// refused until the rest compiles. One line of the program is one function, so
// that the position of a diagnostic tells which it is about.
func try(ctx context.Context, list []*function) error {
	for range 12 {
		src, lines := trial(list)
		overlay := map[string][]byte{filepath.Join(dir(), "trial.go"): src}
		_, err := compile.Check(ctx, compile.Config{Dir: native.Root(), Pattern: "./test/native/testdata/prog", Overlay: overlay, Process: true})
		if err == nil {
			return nil
		}
		var problems diag.List
		if !errors.As(err, &problems) {
			return err
		}
		progress := false
		for _, d := range problems {
			if f := lines[d.Pos.Line]; f != nil && filepath.Base(d.Pos.Filename) == "trial.go" && f.why == "" {
				f.why, progress = reason(d.Message), true
			}
		}
		if !progress {
			return fmt.Errorf("try functions: %w", err)
		}
	}
	return errors.New("try functions: refused again and again")
}

// trial writes the program; lines says which function a line is about.
func trial(list []*function) (src []byte, lines map[int]*function) {
	var b bytes.Buffer
	lines = map[int]*function{}
	used := map[string]bool{}
	for _, f := range list {
		if f.why == "" {
			used[f.pkg] = true
		}
	}
	b.WriteString("package main\n\nimport (\n")
	for _, p := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintf(&b, "\t%s %q\n", alias(p), p)
	}
	b.WriteString(")\n\nfunc use[T any](T) {}\n\nfunc cases() []func() {\n")
	for _, f := range list {
		if f.why == "" {
			fmt.Fprintf(&b, "\tuse(%s)\n", f.expr)
			lines[bytes.Count(b.Bytes(), []byte("\n"))] = f
		}
	}
	b.WriteString("\treturn nil\n}\n")
	return b.Bytes(), lines
}

var position = regexp.MustCompile(` \(in [^)]*\)+$| \(and \d+ more\)$`)

// reason shortens a diagnostic to what explains it.
func reason(msg string) string {
	msg = position.ReplaceAllString(strings.TrimPrefix(msg, "not supported yet: "), "")
	msg, _, _ = strings.Cut(msg, ": ")
	return strings.ReplaceAll(msg, " is not available in kernel extensions", "")
}

// uses notes in which file the test program uses each function.
func uses(ctx context.Context, list []*function) error {
	files, err := programs()
	if err != nil {
		return err
	}
	files["cases.go"] = []byte("package main\n\nfunc cases() []func() { return nil }\n")
	prog, err := load(ctx, files)
	if err != nil {
		return err
	}
	by := map[string]string{}
	for _, f := range prog.Root.Syntax {
		file := filepath.Base(prog.Fset.Position(f.Package).Filename)
		ast.Inspect(f, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			if obj, ok := prog.Root.TypesInfo.Uses[id].(*types.Func); ok && by[obj.Origin().FullName()] == "" {
				by[obj.Origin().FullName()] = file
			}
			return true
		})
	}
	for _, f := range list {
		f.by = by[f.obj.FullName()]
	}
	return nil
}
