// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/internal/usercache"
	"github.com/rex-go/rex/loader"
)

// emits lists what -emit takes.
var emits = []compile.Emit{compile.EmitSSA, compile.EmitIR, compile.EmitAsm, compile.EmitObject}

func runBuild(ctx context.Context, args []string) int {
	fs := newFlags("build")
	out := fs.String("o", "", "write to `FILE`, - is standard output (default NAME.rexo, standard output for text)")
	emit := fs.String("emit", string(compile.EmitObject), "make `KIND`: ssa, ir, asm or object")
	again := fs.Bool("a", false, "compile even if nothing has changed since the last time")
	verbose := fs.Bool("v", false, "print how long each stage took")
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	kind := compile.Emit(*emit)
	if !slices.Contains(emits, kind) {
		fmt.Fprintf(os.Stderr, "rex build: -emit %s: want one of %v\n", kind, emits)
		return exitUsage
	}
	res, err := compile.Build(ctx, compile.Config{Pattern: rest[0], Emit: kind, Cache: cacheDir(), Rebuild: *again})
	if *verbose {
		printTimings(res.Timings)
	}
	if err != nil {
		return failSource("build", err, false)
	}
	data, dest := res.Text, *out
	if kind == compile.EmitObject {
		data = res.Object
		if dest == "" {
			dest = res.Name + ".rexo"
		}
	}
	if dest == "" || dest == "-" {
		if _, err := os.Stdout.Write(data); err != nil {
			return fail("build", err)
		}
		return exitOK
	}
	if err := writeFile(dest, data); err != nil {
		return fail("build", err)
	}
	return exitOK
}

// cacheDir is where objects are kept, empty when there is no place for them.
func cacheDir() string {
	dir, err := usercache.Dir("build")
	if err != nil {
		return ""
	}
	return dir
}

func printTimings(timings []compile.Timing) {
	var total time.Duration
	for _, t := range timings {
		total += t.Took
		fmt.Fprintf(os.Stderr, "%-9s %7.1f ms\n", t.Stage, t.Took.Seconds()*1e3)
	}
	fmt.Fprintf(os.Stderr, "%-9s %7.1f ms\n", "total", total.Seconds()*1e3)
}

// writeFile writes all of a file or nothing: an interrupted build must not
// leave half an object.
func writeFile(path string, data []byte) error {
	// Not a regular file: /dev/null, a pipe.
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return os.WriteFile(path, data, 0o666)
	}
	if err := usercache.WriteFile(path, data); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// objectOf returns the object that an argument names: a file, or a package,
// which it builds.
func objectOf(ctx context.Context, arg string) (*loader.Object, error) {
	st, err := os.Stat(arg)
	if strings.HasSuffix(arg, ".rexo") || err == nil && !st.IsDir() {
		return loader.Open(arg)
	}
	res, err := compile.Build(ctx, compile.Config{Pattern: arg, Cache: cacheDir()})
	if err != nil {
		return nil, err
	}
	return loader.Parse(res.Object)
}
