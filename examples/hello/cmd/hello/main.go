// SPDX-License-Identifier: Apache-2.0

// Command hello loads the extension hello and prints what it says until it is
// interrupted: the smallest host program there is.
//
//	hello hello.rexo
package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"

	"github.com/rex-go/rex/loader"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: hello OBJECT.rexo")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, object string) error {
	obj, err := loader.Open(object)
	if err != nil {
		return err
	}
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		return err
	}
	defer ext.Close()
	if _, err := ext.AttachTracepoint("OnExec"); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "hello: attached; start some programs")
	return show(ctx, os.Stdout, ext.Events(ctx))
}

// show prints what the extension says until ctx is done.
func show(ctx context.Context, w io.Writer, events iter.Seq2[loader.Event, error]) error {
	for ev, err := range events {
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(w, ev.Message)
	}
	return nil
}
