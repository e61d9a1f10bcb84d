// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/internal/diag"
)

func runCheck(ctx context.Context, args []string) int {
	fs := newFlags("check")
	asJSON := fs.Bool("json", false, "print the problems as JSON, one a line")
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	_, err := compile.Check(ctx, compile.Config{Pattern: rest[0]})
	if err != nil {
		return failSource("check", err, *asJSON)
	}
	return exitOK
}

// failSource prints what is wrong with an extension's source, with file names
// relative to the current directory. Other errors it prints as fail does.
func failSource(name string, err error, asJSON bool) int {
	var list diag.List
	var one diag.Diagnostic
	switch {
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = diag.List{one}
	default:
		return fail(name, err)
	}
	// An unknown directory only makes names longer.
	dir, _ := os.Getwd()
	out := os.Stderr
	if asJSON {
		out = os.Stdout
	}
	if err := diag.Render(out, list, diag.RenderOptions{Dir: dir, JSON: asJSON}); err != nil {
		return fail(name, err)
	}
	if !asJSON {
		fmt.Fprintf(os.Stderr, "rex %s: %s (rex explain CODE says more)\n", name, count(len(list), "problem"))
	}
	return exitFailure
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
