// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/rex-go/rex/loader"
)

func runLogs(ctx context.Context, args []string) int {
	fs := newFlags("logs")
	asJSON := fs.Bool("json", false, "print one JSON object a line")
	object := fs.String("object", "", "the extension's object `FILE`, for file and line in traces")
	rest, code, ok := parse(fs, args, 0, 1)
	if !ok {
		return code
	}
	var objs []*loader.Object
	if *object != "" {
		obj, err := loader.Open(*object)
		if err != nil {
			return fail("logs", err)
		}
		objs = append(objs, obj)
	}
	only := ""
	if len(rest) > 0 {
		only = rest[0]
		if _, err := loader.Stat(only); err != nil {
			return fail("logs", err)
		}
	}
	events := func(yield func(loader.Event, error) bool) {
		for ev, err := range loader.Watch(ctx, objs...) {
			if err == nil && only != "" && ev.Extension != only && ev.Kind != loader.EventLost {
				continue
			}
			if !yield(ev, err) {
				return
			}
		}
	}
	if err := printEvents(os.Stdout, events, *asJSON); err != nil {
		return fail("logs", err)
	}
	return exitOK
}

// printEvents prints events until the sequence ends. Reports of several lines
// are set off by blank lines, as in the output of a Go program.
func printEvents(w io.Writer, events iter.Seq2[loader.Event, error], asJSON bool) error {
	for ev, err := range events {
		if err != nil {
			return err
		}
		switch {
		case asJSON:
			fmt.Fprintf(w, "%s\n", ev.JSON())
		case ev.Kind == loader.EventLog || ev.Kind == loader.EventLost:
			fmt.Fprintln(w, ev)
		default:
			fmt.Fprintf(w, "%s\n\n", ev)
		}
	}
	return nil
}
