// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/check/rules/concurrency"
	"github.com/rex-go/rex/internal/compile/check/rules/float"
	"github.com/rex-go/rex/internal/compile/check/rules/foreign"
	"github.com/rex-go/rex/internal/compile/check/rules/imports"
	"github.com/rex-go/rex/internal/compile/check/rules/lock"
	"github.com/rex-go/rex/internal/compile/check/rules/logs"
	mapsrule "github.com/rex-go/rex/internal/compile/check/rules/maps"
	"github.com/rex-go/rex/internal/compile/check/rules/programs"
	"github.com/rex-go/rex/internal/compile/check/rules/recover"
	"github.com/rex-go/rex/internal/compile/check/rules/view"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// rules are run on every package of user code. The two that also find
// something, programs and maps, are run by Check itself.
var rules = []rule.Rule{
	concurrency.Rule,
	recover.Rule,
	float.Rule,
	foreign.Rule,
	imports.Rule,
	view.Rule,
	lock.Rule,
	logs.Rule,
}

// Check holds the extension to the subset and finds its programs and maps. The
// error is a diag.List of everything that is wrong, sorted; the result is then
// what was found all the same.
func Check(src *source.Program) (*Result, error) {
	res := &Result{Source: src, MapVars: map[*types.Var]int{}}
	var problems diag.List
	for _, pkg := range userPackages(src) {
		pass := &rule.Pass{Source: src, Pkg: pkg}
		for _, r := range rules {
			r.Run(pass)
		}
		for _, f := range programs.Find(pass) {
			res.Programs = append(res.Programs, program(src, f))
		}
		for _, f := range mapsrule.Find(pass) {
			res.addMap(pass, f)
		}
		problems = append(problems, pass.Problems...)
	}
	if len(problems) == 0 && len(res.Programs) == 0 {
		problems.Add(packagePos(src), diag.NoProgram, noProgramHint(src), "package %s has no program: no function of it has a directive", src.Root.Name)
	}
	if n := len(res.Programs); n > abi.MaxPrograms {
		problems.Add(packagePos(src), diag.TooManyPrograms, "split the extension", "package %s has %d programs, more than %d", src.Root.PkgPath, n, abi.MaxPrograms)
	}
	if n := len(res.Maps); n > abi.MaxMaps {
		problems.Add(packagePos(src), diag.TooManyMaps, "split the extension", "package %s has %d maps, more than %d", src.Root.PkgPath, n, abi.MaxMaps)
	}
	problems.Sort()
	return res, problems.Dedup().Err()
}

// userPackages returns the packages that the subset applies to: the extension
// first, then what it imports, by import path.
func userPackages(src *source.Program) []*packages.Package {
	out := []*packages.Package{src.Root}
	for _, path := range slices.Sorted(maps.Keys(src.All)) {
		pkg := src.All[path]
		if pkg != src.Root && src.IsUser(path) && pkg.TypesInfo != nil {
			out = append(out, pkg)
		}
	}
	return out
}

// packagePos is the place of the package clause, for problems of the package
// as a whole.
func packagePos(src *source.Program) token.Position {
	if len(src.Root.Syntax) == 0 {
		return token.Position{}
	}
	return src.Fset.Position(src.Root.Syntax[0].Name.Pos())
}

// noProgramHint names the function that lacks a directive, if one looks like a
// program.
func noProgramHint(src *source.Program) string {
	scope := src.Root.Types.Scope()
	for _, name := range scope.Names() {
		fn, ok := scope.Lookup(name).(*types.Func)
		if !ok || fn.Signature().Params().Len() != 1 {
			continue
		}
		ptr, ok := fn.Signature().Params().At(0).Type().(*types.Pointer)
		if !ok {
			continue
		}
		if t, ok := ptr.Elem().(*types.Named); ok && t.Obj().Name() == "Context" && t.Obj().Pkg() != nil && src.IsSDK(t.Obj().Pkg().Path()) {
			return fmt.Sprintf("put a directive such as //rex:%s above func %s, without a blank line or a space between // and rex", t.Obj().Pkg().Name(), name)
		}
	}
	return "put a directive such as //rex:xdp above a function, without a blank line or a space between // and rex"
}

// program completes what the rule found.
func program(src *source.Program, f programs.Found) Program {
	p := Program{
		Func:        f.Func,
		Type:        f.Directive.Type,
		Attach:      f.Directive.Attach,
		BudgetNanos: uint64(f.Directive.Timeout.Nanoseconds()),
		ArenaBytes:  f.Directive.Arena,
		OnPanic:     f.Directive.OnPanic,
		Pos:         relative(src, f.Func.Pos()),
	}
	if f.Record != nil {
		p.Record = record(src, f.Record)
	}
	switch p.Type {
	case abi.ProgramXDP:
		p.DefaultVerdict = 2 // XDP_PASS
	case abi.ProgramTC:
		p.DefaultVerdict = 1<<32 - 1 // TC_ACT_UNSPEC: as if it were not there
	case abi.ProgramTracepoint, abi.ProgramPerfEvent:
		p.DefaultVerdict = 1 // keep the record
	}
	return p
}

// record lays a trace record's type out.
func record(src *source.Program, t types.Type) *Record {
	s := t.Underlying().(*types.Struct)
	r := &Record{Type: t, Size: uint32(src.Sizes.Sizeof(t))}
	var fields []*types.Var
	for f := range s.Fields() {
		fields = append(fields, f)
	}
	for i, off := range src.Sizes.Offsetsof(fields) {
		if name := programs.FieldName(s, i); name != "" {
			r.Fields = append(r.Fields, RecordField{
				Name: name, Go: fields[i].Name(), Offset: uint32(off), Size: uint32(src.Sizes.Sizeof(fields[i].Type())),
			})
		}
	}
	return r
}

func (res *Result) addMap(pass *rule.Pass, f mapsrule.Found) {
	name := f.Var.Name()
	for _, m := range res.Maps {
		if m.Name == name {
			pass.Report(f.Ident, diag.MapName, "the variable's name is the BPF map's name; rename one", "map name %s is already used at %s", name, m.Pos)
			return
		}
	}
	keySize := res.Source.Sizes.Sizeof(f.Key)
	if f.Kind.Prefix {
		// A trie's key ends with the address; the struct may be padded.
		keySize = 4 + res.Source.Sizes.Sizeof(f.Key.Underlying().(*types.Struct).Field(1).Type())
	}
	res.MapVars[f.Var] = len(res.Maps)
	res.Maps = append(res.Maps, Map{
		Var:        f.Var,
		Name:       name,
		Kind:       f.Kind,
		Key:        f.Key,
		Value:      f.Value,
		KeySize:    uint32(keySize),
		ValueSize:  uint32(res.Source.Sizes.Sizeof(f.Value)),
		MaxEntries: f.Entries,
		Flags:      f.Kind.Flags,
		Lock:       f.Lock,
		Pos:        relative(res.Source, f.Var.Pos()),
	})
}

// relative formats a position as file:line with the file relative to the root
// of the Go module.
func relative(src *source.Program, pos token.Pos) string {
	p := src.Fset.Position(pos)
	name := p.Filename
	if rel, err := filepath.Rel(src.ModuleDir, name); err == nil && filepath.IsLocal(rel) {
		name = filepath.ToSlash(rel)
	}
	return fmt.Sprintf("%s:%d", name, p.Line)
}
