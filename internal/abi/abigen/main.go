// SPDX-License-Identifier: Apache-2.0

// Command abigen writes the C, assembly and Markdown renderings of
// internal/abi: kmod/include/rex_abi.h, rex_abi_asm.h, rex_abi_symbols.h and
// docs/abi.md. Run it with `go generate ./internal/abi`.
//
// Its output is a function of internal/abi alone, so that a test can compare
// the files in the tree with what it would write now.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "root of the Go module")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintf(os.Stderr, "abigen: %v\n", err)
		os.Exit(1)
	}
}

// run writes every generated file below root.
func run(root string) error {
	files, err := generate(filepath.Join(root, "internal", "abi"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, f.path), f.data, 0o644); err != nil {
			return fmt.Errorf("write generated file: %w", err)
		}
	}
	return nil
}

// file is one generated file; path is relative to the Go module's root.
type file struct {
	path string
	data []byte
}

// generate renders every file from the package in directory abiDir.
func generate(abiDir string) ([]file, error) {
	m, err := load(abiDir)
	if err != nil {
		return nil, err
	}
	return []file{
		{"kmod/include/rex_abi.h", cHeader(m)},
		{"kmod/include/rex_abi_asm.h", asmHeader(m)},
		{"kmod/include/rex_abi_symbols.h", symbolHeader()},
		{"docs/abi.md", markdown(m)},
	}, nil
}
