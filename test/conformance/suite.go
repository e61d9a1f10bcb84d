// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rex-go/rex/internal/diag"
	"github.com/rex-go/rex/internal/toolchain"
	"github.com/rex-go/rex/internal/usercache"
	"github.com/rex-go/rex/test/native"
)

// file is one test of the Go distribution that is marked "// run".
type file struct {
	// Name is relative to the suite's root.
	Name string
	// Flags are for the go command.
	Flags []string
	// Plain: it uses nothing that extensions exclude, judged by its syntax,
	// and imports only packages of the goal list.
	Plain bool
	// Words: a search for words finds nothing that extensions exclude.
	Words bool
	src   []byte
	// files holds what is compiled: the test as p.go, and other files that
	// its first line names.
	files map[string][]byte
}

// goal lists the packages of the standard library that extensions are meant to
// have.
var goal = map[string]bool{
	"bytes": true, "strings": true, "strconv": true, "unicode": true, "unicode/utf8": true, "sort": true, "slices": true,
	"maps": true, "cmp": true, "iter": true, "errors": true, "math/bits": true, "encoding/binary": true, "encoding/hex": true,
	"encoding/base64": true, "hash/fnv": true, "hash/crc32": true, "hash/adler32": true, "container/heap": true,
	"container/list": true, "container/ring": true, "net/netip": true, "crypto/sha256": true, "crypto/md5": true, "crypto/sha1": true,
}

// find lists the suite's tests that are marked "// run".
func find(root string) ([]*file, error) {
	var list []*file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(filepath.Dir(name), ".dir") {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		flags, more, ok := action(src)
		if !ok {
			return nil
		}
		files := map[string][]byte{"p.go": src}
		for _, m := range more {
			if files[m], err = os.ReadFile(filepath.Join(filepath.Dir(name), m)); err != nil {
				return err
			}
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		list = append(list, &file{Name: rel, Flags: flags, Plain: plain(src), Words: words(src), src: src, files: files})
		return nil
	})
	return list, err
}

// action reads the test's first comment that names an action, as
// cmd/internal/testdir does.
func action(src []byte) (flags, files []string, run bool) {
	s := bufio.NewScanner(bytes.NewReader(src))
	for s.Scan() {
		line := strings.TrimSpace(s.Text())
		if line == "" || strings.HasPrefix(line, "//go:build") {
			continue
		}
		text, ok := strings.CutPrefix(line, "//")
		if !ok {
			return nil, nil, false
		}
		words := strings.Fields(text)
		if len(words) == 0 || words[0] != "run" {
			return nil, nil, false
		}
		for _, w := range words[1:] {
			switch {
			case strings.HasPrefix(w, "-"):
				flags = append(flags, strings.ReplaceAll(w, `"`, ""))
			case strings.HasSuffix(w, ".go"):
				files = append(files, w)
			}
		}
		return flags, files, true
	}
	return nil, nil, false
}

// built reports whether a source's build constraint holds for extensions.
func built(src []byte) bool {
	for line := range strings.Lines(string(src)) {
		if strings.HasPrefix(line, "package ") {
			break
		}
		if !constraint.IsGoBuild(line) {
			continue
		}
		x, err := constraint.Parse(strings.TrimSpace(line))
		return err == nil && x.Eval(func(tag string) bool {
			switch tag {
			case "linux", "amd64", "unix", "gc", "rex", "purego":
				return true
			}
			return strings.HasPrefix(tag, "go1")
		})
	}
	return true
}

// plain reports whether a source has nothing that extensions exclude.
func plain(src []byte) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	ok := true
	for _, imp := range f.Imports {
		ok = ok && goal[strings.Trim(imp.Path.Value, `"`)]
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
			ok = false
		case *ast.BasicLit:
			ok = ok && n.Kind != token.FLOAT && n.Kind != token.IMAG
		case *ast.Ident:
			switch n.Name {
			case "float32", "float64", "complex64", "complex128", "recover", "complex", "real", "imag":
				ok = false
			}
		}
		return ok
	})
	return ok
}

// words judges a source as plain does, but by words alone: go, chan, float32 and
// float64, what begins with complex, recover, and the imported packages, to
// which math belongs because it has the limits of integers. It takes numbers
// written as 1e5 for integers, which they may be.
func words(src []byte) bool {
	file := token.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	for {
		_, t, text := s.Scan()
		switch {
		case t == token.EOF:
			f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ImportsOnly)
			return err == nil && !slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool {
				path := strings.Trim(i.Path.Value, `"`)
				return !goal[path] && path != "math"
			})
		case t == token.GO, t == token.CHAN:
			return false
		case t == token.IDENT && (text == "float32" || text == "float64" || text == "recover" || strings.HasPrefix(text, "complex")):
			return false
		}
	}
}

// Result is what became of one test.
type result struct {
	*file
	// Outcome is agree, refused, or one of the third kind: differ, crash,
	// internal, hang.
	Outcome string
	// Detail is the diagnostic or the difference.
	Detail string
}

// third reports whether the result is neither agreement nor a refusal.
func (r result) third() bool {
	return r.Outcome != "agree" && r.Outcome != "refused" && r.Outcome != "skipped"
}

// run compiles and runs one test on both sides.
func run(ctx context.Context, f *file) result {
	start := time.Now()
	r := result{file: f}
	r.Outcome, r.Detail = try(ctx, f)
	if d := time.Since(start); d > 30*time.Second {
		r.Detail += fmt.Sprintf(" (took %v)", d.Round(time.Second))
	}
	return r
}

// resumed is run, except for tests that this same program, with this same
// LLVM, has seen agree or refused: an interrupted run goes on where it ended.
func resumed(ctx context.Context, f *file) result {
	dir, err := usercache.Dir("conformance")
	self, serr := identity()
	if err != nil || serr != nil {
		return run(ctx, f)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%x %s %q\n", self, f.Name, f.Flags)
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		fmt.Fprintf(h, "%s %d\n", name, len(f.files[name]))
		h.Write(f.files[name])
	}
	name := filepath.Join(dir, fmt.Sprintf("ours-%x.json", h.Sum(nil)[:12]))
	r := result{file: f}
	var kept [2]string
	if b, err := os.ReadFile(name); err == nil && json.Unmarshal(b, &kept) == nil {
		r.Outcome, r.Detail = kept[0], kept[1]
		return r
	}
	r = run(ctx, f)
	if b, err := json.Marshal([2]string{r.Outcome, r.Detail}); err == nil && !r.third() && ctx.Err() == nil {
		// A full disk costs time only.
		_ = usercache.WriteFile(name, b)
	}
	return r
}

// identity stands for the compiler that is tested: this program's hash, which
// contains it, and LLVM's version.
var identity = sync.OnceValues(func() ([]byte, error) {
	name, err := os.Executable()
	if err != nil {
		return nil, err
	}
	self, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	version, err := toolchain.New().Version(context.Background(), toolchain.Opt)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(self)
	fmt.Fprintln(h, version)
	return h.Sum(nil), nil
})

// compileLimit is for the worst of machines: it only has to end what hangs.
const compileLimit = 10 * time.Minute

func try(ctx context.Context, f *file) (outcome, detail string) {
	if !built(f.src) {
		return "skipped", "its build constraint excludes linux/amd64 without cgo"
	}
	dir, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return "internal", err.Error()
	}
	defer os.RemoveAll(dir)
	cctx, cancel := context.WithTimeout(ctx, compileLimit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			outcome, detail = "internal", fmt.Sprint("compiler crashed: ", p)
		}
	}()
	res, err := native.Compile(cctx, f.files)
	if err != nil {
		return refusal(cctx, err)
	}
	want, err := expected(ctx, f)
	if err != nil {
		return "skipped", "the Go toolchain does not run it: " + firstLine(err.Error())
	}
	p, err := native.Link(ctx, res, dir)
	if err != nil {
		return "internal", err.Error()
	}
	got, err := p.Run(ctx, 0, native.Limits{})
	if err != nil {
		return "internal", err.Error()
	}
	return compare(got, want)
}

// refusal judges an error of the compiler: a diagnostic with a position is
// proper, everything else is not.
func refusal(ctx context.Context, err error) (outcome, detail string) {
	var list diag.List
	switch {
	case ctx.Err() != nil:
		return "hang", "compiler: " + ctx.Err().Error()
	case !errors.As(err, &list) || len(list) == 0:
		return "internal", err.Error()
	}
	d := list[0]
	for _, x := range list {
		if x.Code == diag.Internal || x.Code == diag.TypeError {
			return "internal", x.Message
		}
		if !x.Pos.IsValid() {
			return "internal", "no position: " + x.Message
		}
	}
	return "refused", fmt.Sprintf("%s line %d: %s", d.Code, d.Pos.Line, d.Message)
}

// compare judges a run against Go's.
func compare(got, want native.End) (outcome, detail string) {
	switch {
	case got.Trouble == "time limit":
		return "hang", got.Trouble
	case got.Trouble != "":
		return "crash", got.Trouble
	case got.Panic != want.Panic:
		return "differ", fmt.Sprintf("got %q %v, want %q %v", got.Panic, got.Frames, want.Panic, want.Frames)
	case got.Exit != want.Exit:
		return "differ", fmt.Sprintf("exit status %d, want %d", got.Exit, want.Exit)
	case got.Output != want.Output:
		return "differ", "output: " + difference(got.Output, want.Output)
	case want.Panic != "" && !framesAgree(got.Frames, want.Frames):
		return "differ", fmt.Sprintf("frames %v, want %v", got.Frames, want.Frames)
	}
	return "agree", ""
}

// framesAgree compares the file and line of a panic's frames in the test's own
// file: Go names the file differently.
func framesAgree(got, want []string) bool {
	lines := func(list []string) []string {
		var out []string
		for _, f := range list {
			_, line, _ := strings.Cut(f, ":")
			out = append(out, line)
		}
		return out
	}
	g, w := lines(got), lines(want)
	if n := min(len(g), len(w)); n > 0 && len(w) > 40 {
		g, w = g[:1], w[:1] // Go leaves out the middle
	}
	return slices.Equal(g, w)
}

func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d is %.80q, want %.80q", i+1, a, b)
		}
	}
	return ""
}

// expected is what the Go toolchain makes of a test; it is kept in the user's
// cache.
func expected(ctx context.Context, f *file) (native.End, error) {
	dir, err := usercache.Dir("conformance")
	if err != nil {
		return native.End{}, err
	}
	h := sha256.New()
	fmt.Fprintln(h, "v2", runtime.Version(), f.Flags)
	h.Write(f.src)
	name := filepath.Join(dir, fmt.Sprintf("%x.json", h.Sum(nil)[:12]))
	var kept struct {
		End   native.End
		Error string
	}
	if b, err := os.ReadFile(name); err == nil && json.Unmarshal(b, &kept) == nil {
		if kept.Error != "" {
			return kept.End, errors.New(kept.Error)
		}
		return kept.End, nil
	}
	tmp, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return native.End{}, err
	}
	defer os.RemoveAll(tmp)
	exe, err := native.BuildGo(ctx, f.files, tmp, f.Flags...)
	if err == nil {
		kept.End, err = native.RunGo(ctx, exe, native.Limits{Time: 2 * time.Minute})
	}
	if err == nil && kept.End.Trouble != "" {
		err = errors.New(kept.End.Trouble)
	}
	if ctx.Err() != nil {
		return kept.End, ctx.Err()
	}
	if err != nil {
		kept.Error = err.Error()
	}
	b, merr := json.Marshal(kept)
	if merr != nil {
		return kept.End, merr
	}
	return kept.End, errors.Join(err, usercache.WriteFile(name, b))
}

func firstLine(s string) string {
	line, rest, _ := strings.Cut(s, "\n")
	if strings.HasPrefix(line, "go build") && rest != "" {
		return line + ": " + strings.ReplaceAll(strings.TrimSpace(rest), "\n", "; ")
	}
	return line
}
