// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rex-go/rex/internal/scaffold"
)

func runNew(_ context.Context, args []string) int {
	fs := newFlags("new")
	typ := fs.String("t", "xdp", "`TYPE` of the program: "+strings.Join(scaffold.Types(), ", "))
	module := fs.String("module", "", "`PATH` of the Go module (default example.com/NAME)")
	sdk := fs.String("sdk", "", "`DIR` with the SDK's sources (default $"+scaffold.EnvSDK+", the checkout this binary lies in, or the published version)")
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	cfg := scaffold.Config{Type: *typ, Name: filepath.Base(rest[0]), Module: *module}
	var err error
	if cfg.SDK, err = scaffold.FindSDK(*sdk); err != nil {
		return fail("new", err)
	}
	files, err := scaffold.Files(cfg)
	if err != nil {
		return fail("new", err)
	}
	if err := scaffold.Write(rest[0], files); err != nil {
		return fail("new", err)
	}
	fmt.Fprintf(os.Stderr, "rex: made %s; next:\n\tcd %s\n", rest[0], rest[0])
	if cfg.SDK.Dir == "" {
		// Only the go command can tell the sums of a published version.
		fmt.Fprint(os.Stderr, "\tgo mod tidy\n")
	}
	fmt.Fprint(os.Stderr, "\tgo test ./...\n\trex vm -- rex run -for 5s .\n")
	return exitOK
}
