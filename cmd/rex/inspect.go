// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/inspect"
)

func runInspect(_ context.Context, args []string) int {
	fs := newFlags("inspect")
	source := fs.Bool("S", false, "disassemble, with Go source between the instructions")
	root := fs.String("src", ".", "the `DIRECTORY` that source file names start from")
	asJSON := fs.Bool("json", false, "print the object's metadata as JSON")
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	raw, err := os.ReadFile(rest[0])
	if err != nil {
		return fail("inspect", err)
	}
	obj, err := image.Read(raw)
	if err != nil {
		return fail("inspect", fmt.Errorf("%s: %w", rest[0], err))
	}
	if *asJSON {
		return printJSON(obj.Meta)
	}
	opts := inspect.Options{Source: *source, ReadFile: func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(*root, name)
		}
		return os.ReadFile(name)
	}}
	// At once, so that an object that cannot be decoded to its end still
	// shows what came before.
	var out bytes.Buffer
	err = inspect.Write(&out, obj, opts)
	if _, werr := os.Stdout.Write(out.Bytes()); werr != nil {
		return fail("inspect", werr)
	}
	if err != nil {
		return fail("inspect", fmt.Errorf("%s: %w", rest[0], err))
	}
	return exitOK
}
