// SPDX-License-Identifier: Apache-2.0

// Package scaffold makes new Go modules with an extension, its test, its host
// program and a README: what rex new writes. A directory below templates is a
// kind of program; the directory common is in all of them.
package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

//go:embed all:templates
var templates embed.FS

// Errors of this package, for errors.Is.
var (
	// ErrType: there is no template of that name.
	ErrType = errors.New("unknown program type")
	// ErrName: the name cannot be that of an extension.
	ErrName = errors.New("bad extension name")
	// ErrExists: the directory has files in it.
	ErrExists = errors.New("directory is not empty")
)

// maxName is how long an extension's name may be: the kernel module's that it
// becomes (abi.NameSize, with the terminating zero).
const maxName = 55

// Config says what to make.
type Config struct {
	// Type is one of Types.
	Type string
	// Name is the extension's name and its Go package's.
	Name string
	// Module is the Go module's path; empty means example.com/NAME.
	Module string
	SDK    SDK
}

// Types lists the kinds of programs that there is a template for.
func Types() []string {
	entries, err := templates.ReadDir("templates")
	if err != nil {
		panic(err) // the directory is embedded
	}
	var types []string
	for _, e := range entries {
		if e.Name() != "common" {
			types = append(types, e.Name())
		}
	}
	return types
}

// attachFile is the part of the host program that differs between program
// types.
const attachFile = "attach.tmpl"

// data is what templates refer to.
type data struct {
	Config
	Title    string // of the program type, in prose
	Requires []Require
}

var titles = map[string]string{
	"xdp": "XDP", "tc": "TC", "kprobe": "kprobe", "tracepoint": "tracepoint", "perfevent": "perf event",
}

// Files returns the new Go module's files by their slash-separated names.
func Files(cfg Config) (map[string][]byte, error) {
	if !slices.Contains(Types(), cfg.Type) {
		return nil, fmt.Errorf("%w %q (want one of %s)", ErrType, cfg.Type, strings.Join(Types(), ", "))
	}
	if err := checkName(cfg.Name); err != nil {
		return nil, err
	}
	if cfg.Module == "" {
		cfg.Module = "example.com/" + cfg.Name
	}
	d := data{Config: cfg, Title: titles[cfg.Type]}
	var sum []byte
	if cfg.SDK.Dir != "" {
		var err error
		if d.Requires, sum, err = cfg.SDK.requirements(); err != nil {
			return nil, err
		}
	}
	files := map[string][]byte{}
	if sum != nil {
		files["go.sum"] = sum
	}
	for _, dir := range []string{"common", cfg.Type} {
		root := path.Join("templates", dir)
		err := fs.WalkDir(templates, root, func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || e.Name() == attachFile {
				return err
			}
			name := strings.TrimSuffix(strings.TrimPrefix(p, root+"/"), ".tmpl")
			name = strings.ReplaceAll(name, "NAME", cfg.Name)
			files[name], err = execute(p, d)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// execute fills in one template; Go source comes out formatted.
func execute(name string, d data) ([]byte, error) {
	t, err := template.New(path.Base(name)).ParseFS(templates, name, path.Join("templates", d.Type, attachFile))
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, d); err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, ".go.tmpl") {
		return buf.Bytes(), nil
	}
	src, err := format.Source(buf.Bytes())
	if err != nil {
		return nil, fmt.Errorf("format %s: %w", name, err)
	}
	return src, nil
}

// checkName accepts what is a Go package's name and a kernel module's.
func checkName(name string) error {
	bad := func(why string) error { return fmt.Errorf("%w %q: %s", ErrName, name, why) }
	switch {
	case name == "":
		return bad("it is empty")
	case len(name) > maxName:
		return bad(fmt.Sprintf("it is longer than %d bytes", maxName))
	case name == "rex" || name == "main" || strings.HasSuffix(name, "_test"):
		return bad("it has a meaning already")
	case token.IsKeyword(name):
		return bad("it is a Go keyword")
	}
	for i, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '_')) {
			return bad("it must be of a-z, 0-9 and _, and begin with a letter")
		}
	}
	return nil
}

// Write writes files below dir, which is made when it does not exist and must
// not have anything in it otherwise.
func Write(dir string, files map[string][]byte) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s: %w", dir, ErrExists)
	}
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o666); err != nil {
			return err
		}
	}
	return nil
}
