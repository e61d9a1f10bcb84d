// SPDX-License-Identifier: Apache-2.0

// Command anomaly reports processes whose system calls are not like those of
// others. What is normal it learns from recordings:
//
//	anomaly -record normal.csv -for 1m anomaly.rexo
//	anomaly -record attack.csv -anomalous -pid 1234 -for 1m anomaly.rexo
//	anomaly -learn normal.csv,attack.csv anomaly.rexo
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rex-go/rex/examples/anomaly"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/loader"
)

// options are the command's flags.
type options struct {
	record, learn string
	anomalous     bool
	pid           uint
}

func main() {
	var o options
	live.App{
		Name: "anomaly",
		Flags: func(fs *flag.FlagSet) {
			fs.StringVar(&o.record, "record", "", "add every window to a `file`")
			fs.BoolVar(&o.anomalous, "anomalous", false, "what is recorded is anomalous")
			fs.UintVar(&o.pid, "pid", 0, "record, or report, only this `process`")
			fs.StringVar(&o.learn, "learn", "", "learn from these `files`, separated by commas")
		},
		Setup: func(ext *loader.Extension) error { return setUp(ext, o) },
		Watch: func(ctx context.Context, w io.Writer, ext *loader.Extension) error { return watch(ctx, w, ext, o) },
	}.Main()
}

// setUp learns and hands the tree to the extension.
func setUp(ext *loader.Extension, o options) error {
	cfg := anomaly.Config{Self: uint32(os.Getpid())}
	if o.record != "" {
		cfg.All = 1
	}
	if (o.record == "") == (o.learn == "") {
		return errors.New("either -record or -learn is needed")
	}
	if o.learn != "" {
		samples, err := readFiles(strings.Split(o.learn, ","))
		if err != nil {
			return err
		}
		tree := anomaly.Learn(samples)
		fmt.Printf("learnt from %d windows:\n", len(samples))
		show(os.Stdout, tree, 0, 1)
		for i := range tree {
			if err := live.Put(ext, "tree", uint32(i), &tree[i]); err != nil {
				return err
			}
		}
	}
	return live.Put(ext, "config", uint32(0), cfg)
}

// watch records or reports windows.
func watch(ctx context.Context, w io.Writer, ext *loader.Extension, o options) (err error) {
	if o.record != "" {
		f, err := os.OpenFile(o.record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("record: %w", err)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		w = f
	}
	for r, err := range loader.Records[anomaly.Report](ctx, ext, "reports") {
		if err != nil {
			return err
		}
		if o.pid != 0 && r.PID != uint32(o.pid) {
			continue
		}
		if o.record != "" {
			_, err = fmt.Fprintln(w, line(anomaly.Sample{Features: r.Features, Anomalous: o.anomalous}))
		} else {
			comm, _, _ := strings.Cut(string(r.Comm[:]), "\x00")
			_, err = fmt.Fprintf(w, "ANOMALY  pid %d  %s  %s\n", r.PID, comm, describe(r.Features))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
