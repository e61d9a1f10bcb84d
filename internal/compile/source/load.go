// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"fmt"
	"go/build"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/rex-go/rex/internal/diag"
)

// RuntimePath is the package of compiler helpers. It is always loaded, because
// lowering calls functions of it that no source names.
const RuntimePath = SDKPath + "/internal/rt"

// Config says what to load.
type Config struct {
	// Dir is the directory that relative patterns and import paths are
	// resolved in; empty means the current directory.
	Dir string
	// Pattern names one package: a directory or an import path.
	Pattern string
	// Env replaces the environment of the go command; nil means os.Environ.
	Env []string
	// Overlay maps absolute file names to contents that replace or add to
	// what is on disk.
	Overlay map[string][]byte
}

// Load loads the package that cfg names with all that it imports. Problems in
// the source, and a package that cannot be found, are returned as a diag.List;
// other errors mean that the go command could not be run.
func Load(ctx context.Context, cfg Config) (*Program, error) {
	l, err := List(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return l.Load()
}

// resolve turns the user's pattern into a directory to run the go command in
// and a pattern for it. A package directory is listed from within itself, so
// that it may belong to any Go module.
func resolve(cfg Config) (dir, pattern string, err error) {
	dir = cfg.Dir
	if dir == "" {
		if dir, err = os.Getwd(); err != nil {
			return "", "", fmt.Errorf("find working directory: %w", err)
		}
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", "", fmt.Errorf("find working directory: %w", err)
	}
	pattern = cfg.Pattern
	if pattern == "" {
		pattern = "."
	}
	if strings.HasSuffix(pattern, "...") {
		return "", "", fail(diag.PackagePattern, "name one directory or one import path", "pattern %q stands for several packages", pattern)
	}
	if strings.HasSuffix(pattern, ".go") {
		return "", "", fail(diag.PackagePattern, "name the directory that the file is in", "%q is a file, not a package", pattern)
	}
	local := pattern
	if !filepath.IsAbs(local) {
		local = filepath.Join(dir, local)
	}
	if st, err := os.Stat(local); err == nil && st.IsDir() {
		dir, pattern = local, "."
	} else if build.IsLocalImport(pattern) || filepath.IsAbs(pattern) {
		return "", "", fail(diag.PackageNotFound, "", "directory %s does not exist", pattern)
	}
	if !inModule(dir) {
		return "", "", fail(diag.PackageNoModule, "run `go mod init NAME` and `go get "+SDKPath+"` there", "%s is not in a Go module (no go.mod in it or above it)", dir)
	}
	return dir, pattern, nil
}

// inModule reports whether dir or a directory above it has a go.mod.
func inModule(dir string) bool {
	for {
		if st, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && !st.IsDir() {
			return true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}

// list runs the go command and returns the matched packages; nothing is parsed.
func list(ctx context.Context, cfg Config, dir, pattern string) ([]*packages.Package, error) {
	env := cfg.Env
	if env == nil {
		env = os.Environ()
	}
	pc := &packages.Config{
		Context: ctx,
		Dir:     dir,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports |
			packages.NeedDeps | packages.NeedModule,
		Env:        append(env[:len(env):len(env)], "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"),
		BuildFlags: []string{"-tags=rex,purego"},
		Overlay:    cfg.Overlay,
	}
	metas, err := packages.Load(pc, pattern, RuntimePath)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("list package %s: %w", pattern, ctx.Err())
	}
	if err != nil {
		return nil, fail(diag.GoCommand, "", "list package %s: %s", cfg.Pattern, goMessage(err))
	}
	return metas, nil
}

// pickRoot chooses the user's package among the matched ones.
func pickRoot(metas []*packages.Package, pattern string) (*packages.Package, error) {
	var roots []*packages.Package
	for _, m := range metas {
		if m.PkgPath != RuntimePath {
			roots = append(roots, m)
		}
	}
	switch len(roots) {
	case 0:
		return nil, fail(diag.PackageNotFound, "", "pattern %q matches no package", pattern)
	case 1:
		return roots[0], nil
	}
	return nil, fail(diag.PackagePattern, "name one directory or one import path", "pattern %q matches %d packages", pattern, len(roots))
}

// fail returns one diagnostic that has no position.
func fail(code diag.Code, hint, format string, args ...any) diag.List {
	var l diag.List
	l.Add(token.Position{}, code, hint, format, args...)
	return l
}
