// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"slices"

	"golang.org/x/tools/go/packages"
)

// Listing is what the go command knows about an extension: its packages and
// their files, not yet parsed.
type Listing struct{ prog *Program }

// List asks the go command for the package that cfg names and all that it
// imports. Errors are those of Load.
func List(ctx context.Context, cfg Config) (*Listing, error) {
	dir, pattern, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	metas, err := list(ctx, cfg, dir, pattern)
	if err != nil {
		return nil, err
	}
	root, err := pickRoot(metas, cfg.Pattern)
	if err != nil {
		return nil, err
	}
	prog := &Program{
		Fset:  token.NewFileSet(),
		Root:  root,
		All:   map[string]*packages.Package{},
		Sizes: types.SizesFor("gc", "amd64"),

		overlay:   cfg.Overlay,
		dirExists: pattern == ".",
	}
	if root.Module != nil {
		prog.ModuleDir = root.Module.Dir
	}
	packages.Visit(metas, nil, func(p *packages.Package) { prog.All[p.PkgPath] = p })
	if problems := listProblems(prog); len(problems) > 0 {
		return nil, problems
	}
	return &Listing{prog}, nil
}

// Name is the extension's package name.
func (l *Listing) Name() string { return l.prog.Root.Name }

// Load parses and type-checks what was listed. It sees the contents of files
// as WriteInputs has, when that was called before. It must not be called twice.
func (l *Listing) Load() (*Program, error) {
	ld := loader{prog: l.prog}
	if problems := ld.load(); len(problems) > 0 {
		return nil, problems
	}
	return l.prog, nil
}

// WriteInputs writes everything that Load's result depends on, in an order and
// form of its own, for hashing: which packages there are, where, and what is
// in their files.
func (l *Listing) WriteInputs(w io.Writer) error {
	p := l.prog
	p.contents = map[string][]byte{}
	fmt.Fprintf(w, "root %q dir %q exists %v\n", p.Root.PkgPath, p.ModuleDir, p.dirExists)
	for _, path := range slices.Sorted(maps.Keys(p.All)) {
		pkg := p.All[path]
		fmt.Fprintf(w, "package %q %q\n", path, pkg.Name)
		if m := pkg.Module; m != nil {
			fmt.Fprintf(w, "module %q %q %q %q\n", m.Path, m.Version, m.GoVersion, m.Dir)
		}
		for _, imp := range slices.Sorted(maps.Keys(pkg.Imports)) {
			fmt.Fprintf(w, "import %q %q\n", imp, pkg.Imports[imp].PkgPath)
		}
		files := p.files(pkg)
		if !p.IsStd(path) {
			// Files that constraints leave out are looked at for cgo.
			files = slices.Concat(files, pkg.IgnoredFiles)
		}
		for _, name := range files {
			src, err := p.read(name)
			if err != nil {
				return fmt.Errorf("read source: %w", err)
			}
			p.contents[name] = src
			fmt.Fprintf(w, "file %q %d\n", name, len(src))
			if _, err := w.Write(src); err != nil {
				return err
			}
		}
	}
	return nil
}

// read returns the contents of a file.
func (p *Program) read(name string) ([]byte, error) {
	if src, ok := p.overlay[name]; ok {
		return src, nil
	}
	if src, ok := p.contents[name]; ok {
		return src, nil
	}
	return os.ReadFile(name)
}
