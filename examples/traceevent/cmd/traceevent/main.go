// SPDX-License-Identifier: Apache-2.0

// Command traceevent samples what the processors do and draws it as a flame
// graph.
//
//	traceevent -freq 99 -for 10s -svg flame.svg traceevent.rexo
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/traceevent"
	"github.com/rex-go/rex/loader"
)

func main() {
	var pid uint
	var freq uint64
	var svg, folded string
	live.App{
		Name: "traceevent",
		Flags: func(fs *flag.FlagSet) {
			fs.UintVar(&pid, "pid", 0, "`process` to look at; 0: all")
			fs.Uint64Var(&freq, "freq", 99, "samples a `second` on each CPU")
			fs.StringVar(&svg, "svg", "flame.svg", "`file` for the flame graph")
			fs.StringVar(&folded, "folded", "", "`file` for a line for each stack, its frames separated by semicolons")
		},
		Setup: func(ext *loader.Extension) error { return live.Put(ext, "only", uint32(0), uint32(pid)) },
		Attach: func(ext *loader.Extension) error {
			_, err := ext.AttachPerfEvent("Sample", loader.PerfEventOptions{Frequency: freq})
			return err
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			return show(w, ext)
		},
		// The graph is drawn once, at the end: naming addresses takes time.
		Watch: func(ctx context.Context, _ io.Writer, ext *loader.Extension) error {
			<-ctx.Done()
			all, err := read(ext)
			if err != nil {
				return err
			}
			if folded != "" {
				err = write(folded, func(w io.Writer) { fold(w, all) })
			}
			return errors.Join(err, write(svg, func(w io.Writer) { draw(w, graph(all)) }))
		},
	}.Main()
}

// show prints how many samples there are.
func show(w io.Writer, ext *loader.Extension) error {
	counts, err := live.Entries[traceevent.Key, uint64](ext, "counts")
	if err != nil {
		return err
	}
	lost, err := live.Sums(ext, "lost", traceevent.NumLost)
	if err != nil {
		return err
	}
	var samples uint64
	for _, c := range counts {
		samples += *c.Value
	}
	fmt.Fprintf(w, "%d samples of %d stacks, without %d stacks and %d samples that found no room\n", samples, len(counts), lost[traceevent.NoStack], lost[traceevent.NoCount])
	return nil
}

// sample is a stack, from the outermost frame on, and how often it was seen.
type sample struct {
	frames []string
	count  uint64
}

// read reads the samples and names their addresses.
func read(ext *loader.Extension) (all []sample, err error) {
	counts, err := live.Entries[traceevent.Key, uint64](ext, "counts")
	if err != nil {
		return nil, err
	}
	stacks, err := ext.Map("stacks")
	if err != nil {
		return nil, err
	}
	kernel, err := kernelSymbols()
	if err != nil {
		return nil, err
	}
	processes := make(map[uint32]*process)
	for _, c := range counts {
		key := c.Key
		comm, _, _ := strings.Cut(string(key.Comm[:]), "\x00")
		frames := []string{comm}
		if key.User != traceevent.None {
			addrs, err := loader.ReadStack(stacks, key.User)
			if err != nil {
				return nil, err
			}
			p := processes[key.PID]
			if p == nil {
				p = openProcess(key.PID)
				processes[key.PID] = p
			}
			for _, a := range slices.Backward(addrs) {
				frames = append(frames, p.name(a))
			}
		}
		if key.Kernel != traceevent.None {
			addrs, err := loader.ReadStack(stacks, key.Kernel)
			if err != nil {
				return nil, err
			}
			for _, a := range slices.Backward(addrs) {
				frames = append(frames, kernel.name(a)+inKernel)
			}
		}
		all = append(all, sample{frames, *c.Value})
	}
	return all, nil
}

// inKernel marks kernel functions, as other tools do.
const inKernel = "_[k]"

// fold writes the form that other tools for flame graphs read.
func fold(w io.Writer, all []sample) {
	for _, s := range all {
		fmt.Fprintf(w, "%s %d\n", strings.Join(s.frames, ";"), s.count)
	}
}

func write(file string, to func(io.Writer)) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	w := bufio.NewWriter(f)
	to(w)
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
