// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"strings"
	"unicode"

	"github.com/rex-go/rex/internal/abi"
)

// model is internal/abi as the renderers see it.
type model struct {
	consts  []constGroup
	structs []structDef
}

// constGroup is one const declaration of abi.go, in source order. enum is the
// Go type's name when the group declares an enumeration.
type constGroup struct {
	enum string
	doc  string
	vals []constDef
}

type constDef struct {
	name string
	doc  string
	val  constant.Value
}

type structDef struct {
	c, goName, doc string
	size           uintptr
	fields         []field
}

type field struct {
	c, goName, doc string
	offset         uintptr
	typ            reflect.Type
}

// load reads abi.go for constants and comments, and the compiled-in package
// for sizes and offsets. abi.go imports nothing, which keeps type-checking it
// free of an importer.
func load(dir string) (*model, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, filepath.Join(dir, "abi.go"), nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("parse abi: %w", err)
	}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}}
	if _, err := new(types.Config).Check("abi", fset, []*ast.File{f}, info); err != nil {
		return nil, fmt.Errorf("type-check abi: %w", err)
	}
	m := &model{}
	docs := map[string]string{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		switch g.Tok {
		case token.CONST:
			m.consts = append(m.consts, loadConsts(g, info))
		case token.TYPE:
			for _, s := range g.Specs {
				loadDocs(docs, s.(*ast.TypeSpec), g.Doc)
			}
		}
	}
	for i := range m.consts {
		m.consts[i].doc = docs[m.consts[i].enum]
	}
	for _, s := range abi.Structs {
		t := reflect.TypeOf(s.V)
		def := structDef{c: s.C, goName: t.Name(), doc: docs[t.Name()], size: t.Size()}
		pad := 0
		for i := range t.NumField() {
			sf := t.Field(i)
			name := snake(sf.Name)
			if sf.Name == "_" {
				pad++
				name = fmt.Sprintf("_pad%d", pad)
			}
			def.fields = append(def.fields, field{name, sf.Name, docs[t.Name()+"."+sf.Name], sf.Offset, sf.Type})
		}
		m.structs = append(m.structs, def)
	}
	return m, nil
}

func loadConsts(g *ast.GenDecl, info *types.Info) constGroup {
	var cg constGroup
	for _, s := range g.Specs {
		vs := s.(*ast.ValueSpec)
		for _, n := range vs.Names {
			obj := info.Defs[n].(*types.Const)
			if named, ok := obj.Type().(*types.Named); ok {
				cg.enum = named.Obj().Name()
			}
			cg.vals = append(cg.vals, constDef{n.Name, comment(vs.Doc, vs.Comment), obj.Val()})
		}
	}
	if cg.doc == "" {
		cg.doc = comment(g.Doc)
	}
	return cg
}

func loadDocs(docs map[string]string, ts *ast.TypeSpec, doc *ast.CommentGroup) {
	docs[ts.Name.Name] = comment(ts.Doc, doc)
	st, ok := ts.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range st.Fields.List {
		for _, n := range f.Names {
			docs[ts.Name.Name+"."+n.Name] = comment(f.Doc, f.Comment)
		}
	}
}

// comment returns the first comment with text, on one line.
func comment(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := strings.TrimSpace(g.Text()); text != "" {
			return strings.Join(strings.Fields(text), " ")
		}
	}
	return ""
}

// snake turns a Go name into a C one: StackLimit is stack_limit, ABIVersion
// abi_version, PanicSlice3Alen panic_slice3_alen.
func snake(name string) string {
	r := []rune(name)
	var b strings.Builder
	for i, c := range r {
		if unicode.IsUpper(c) && i > 0 {
			afterLower := !unicode.IsUpper(r[i-1])
			beforeLower := i+1 < len(r) && unicode.IsLower(r[i+1])
			if afterLower || beforeLower {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// macro is the C preprocessor's name of a Go constant or field.
func macro(parts ...string) string {
	up := []string{"REX"}
	for _, p := range parts {
		up = append(up, strings.ToUpper(p))
	}
	return strings.Join(up, "_")
}
