// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/rex-go/rex/loader"
)

func runLs(_ context.Context, args []string) int {
	fs := newFlags("ls")
	asJSON := fs.Bool("json", false, "print a JSON array")
	if _, code, ok := parse(fs, args, 0, 0); !ok {
		return code
	}
	exts, err := loader.List()
	if err != nil {
		return fail("ls", err)
	}
	if *asJSON {
		return printJSON(exts)
	}
	printStats(os.Stdout, exts)
	return exitOK
}

func runStat(_ context.Context, args []string) int {
	fs := newFlags("stat")
	asJSON := fs.Bool("json", false, "print a JSON object")
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	st, err := loader.Stat(rest[0])
	if err != nil {
		return fail("stat", err)
	}
	if *asJSON {
		return printJSON(st)
	}
	printStats(os.Stdout, []loader.Stats{st})
	return exitOK
}

func runResume(_ context.Context, args []string) int {
	return control("resume", args, loader.Resume)
}

func runStop(_ context.Context, args []string) int {
	return control("stop", args, loader.Stop)
}

func control(name string, args []string, f func(string) (loader.Stats, error)) int {
	rest, code, ok := parse(newFlags(name), args, 1, 1)
	if !ok {
		return code
	}
	st, err := f(rest[0])
	if err != nil {
		return fail(name, err)
	}
	printStats(os.Stdout, []loader.Stats{st})
	return exitOK
}

func printStats(w io.Writer, exts []loader.Stats) {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tSTATE\tPROGRAMS\tINVOCATIONS\tPANICS\tTIMEOUTS\tOVERFLOWS\tREFUSED")
	for _, e := range exts {
		state := "running"
		if e.Stopped {
			state = "stopped"
		}
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n",
			e.Name, state, e.Programs, e.Invocations, e.Panics, e.Timeouts, e.StackOverflows, e.Refused)
	}
	tw.Flush()
}

func printJSON(v any) int {
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "\t")
	if err := enc.Encode(v); err != nil {
		return fail("print", err)
	}
	return exitOK
}
