// SPDX-License-Identifier: Apache-2.0

package source

import (
	"go/token"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/rex-go/rex/internal/diag"
)

// listProblems turns the go command's complaints into diagnostics.
func listProblems(prog *Program) diag.List {
	var l diag.List
	sdkMissing := len(prog.All[RuntimePath].Errors) > 0
	if cgo := prog.CgoImports(prog.Root); len(prog.Root.GoFiles) == 0 && len(cgo) > 0 {
		for _, pos := range cgo {
			l.Add(pos, diag.Cgo, "write the code in Go", "cgo is not available in kernel extensions")
		}
		return l
	}
	packages.Visit([]*packages.Package{prog.Root}, func(p *packages.Package) bool {
		for _, e := range p.Errors {
			switch {
			case p == prog.Root && len(p.GoFiles) == 0 && len(p.IgnoredFiles) > 0:
				l = append(l, fail(diag.PackageNoFiles, "the build tags rex and purego are set, for linux/amd64 without cgo", "package %s has only files that its build constraints leave out", p.PkgPath)...)
			case p == prog.Root && len(p.GoFiles) == 0 && prog.dirExists:
				l = append(l, fail(diag.PackageNoFiles, "", "package %s has no Go files", p.PkgPath)...)
			case p == prog.Root && len(p.GoFiles) == 0:
				l = append(l, fail(diag.PackageNotFound, "", "%s", firstLine(e.Msg))...)
			case sdkMissing && isSDKPath(p.PkgPath):
				// Reported once, below.
			default:
				l.Add(position(e.Pos), diag.TypeError, "", "%s", firstLine(e.Msg))
			}
		}
		return true
	}, nil)
	if len(prog.Root.Errors) == 0 && len(prog.Root.GoFiles) == 0 {
		l = append(l, fail(diag.PackageNoFiles, "", "package %s has no Go files", prog.Root.PkgPath)...)
	}
	if sdkMissing && len(prog.Root.GoFiles) > 0 {
		l = append(l, fail(diag.PackageNoSDK, "run `go get "+SDKPath+"` in "+prog.ModuleDir, "the Go module of package %s does not require %s", prog.Root.PkgPath, SDKPath)...)
	}
	l.Sort()
	return l.Dedup()
}

// isSDKPath also covers paths below the SDK that are not part of it.
func isSDKPath(path string) bool {
	return path == SDKPath || strings.HasPrefix(path, SDKPath+"/")
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

// position parses "file:line:col", "file:line", "-" or "".
func position(s string) token.Position {
	var p token.Position
	if s == "" || s == "-" {
		return p
	}
	fields := strings.Split(s, ":")
	if n := len(fields); n >= 3 {
		line, err1 := strconv.Atoi(fields[n-2])
		col, err2 := strconv.Atoi(fields[n-1])
		if err1 == nil && err2 == nil {
			return token.Position{Filename: strings.Join(fields[:n-2], ":"), Line: line, Column: col}
		}
	}
	if n := len(fields); n >= 2 {
		if line, err := strconv.Atoi(fields[n-1]); err == nil {
			return token.Position{Filename: strings.Join(fields[:n-1], ":"), Line: line}
		}
	}
	p.Filename = s
	return p
}

// goMessage takes what the go command printed out of the error that
// go/packages makes of it, which has no other form than its text.
func goMessage(err error) string {
	msg := err.Error()
	if _, rest, ok := strings.Cut(msg, "stderr: "); ok {
		msg = rest
	}
	return strings.Join(strings.Fields(msg), " ")
}
