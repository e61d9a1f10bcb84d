// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/test/native"
	"github.com/rex-go/rex/test/progen"
)

// entry and host call case number N, which a process is given from outside.
const (
	entry = `package main

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

//rex:xdp
func RexMain(ctx *xdp.Context) xdp.Action {
	setup(int(rex.CPU()))
	cases()[rex.CPU()]()
	return 0
}
`
	host = `package main

import (
	"os"
	"strconv"
)

func main() {
	i, _ := strconv.Atoi(os.Args[1])
	setup(i)
	cases()[i]()
}
`
)

// difference is a program that two compilers do not agree on.
type difference struct {
	Seed      uint64
	Got, Want native.End
}

func (d difference) String() string {
	g, w := "panic "+strconv.Quote(d.Got.Panic), "panic "+strconv.Quote(d.Want.Panic)
	switch {
	case d.Got.Trouble != "":
		g = d.Got.Trouble
	case d.Got.Output != d.Want.Output:
		g, w = firstDifference(d.Got.Output, d.Want.Output)
	case d.Got.Panic == d.Want.Panic:
		g, w = fmt.Sprint(d.Got.Frames), fmt.Sprint(d.Want.Frames)
	}
	return fmt.Sprintf("seed %d: got %s, want %s", d.Seed, g, w)
}

func firstDifference(got, want string) (string, string) {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	at := func(list []string) string {
		if i < len(list) {
			return fmt.Sprintf("line %d %q", i+1, list[i])
		}
		return "no line " + strconv.Itoa(i+1)
	}
	return at(g), at(w)
}

// limits are small: a program ends within milliseconds.
var limits = native.Limits{Time: 20 * time.Second, Arena: 64 << 10}

// fewPolls is how many programs a batch may have for the compiler to be asked
// for as few polls as will do. With more there is always one that needs many.
const fewPolls = 100

// check compiles the programs of the given seeds into one package, on both
// sides, runs each, and returns the differences. An error means that a side
// could not compile them.
func check(ctx context.Context, seeds []uint64, size int) ([]difference, error) {
	return compare(ctx, progen.Batch(seeds, size), seeds, true)
}

// compare is check for the source of a batch. With frames, the lines of a
// panic count.
func compare(ctx context.Context, src []byte, seeds []uint64, frames bool) ([]difference, error) {
	dir, err := os.MkdirTemp("", "rexfuzz")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	// Lines come from a table that is there without DWARF.
	exe, err := native.BuildGo(ctx, map[string][]byte{"p.go": src, "host.go": []byte(host)}, dir, "-gcflags=-dwarf=false", "-ldflags=-w")
	if err != nil {
		return nil, fmt.Errorf("a generated program is not valid: %w", err)
	}
	sub, err := os.MkdirTemp(dir, "rex")
	if err != nil {
		return nil, err
	}
	cfg := native.Config(map[string][]byte{"p.go": src, "entry.go": []byte(entry)})
	cfg.Polls = len(seeds) > fewPolls
	res, err := compile.Build(ctx, cfg)
	if err != nil {
		return nil, err
	}
	p, err := native.Link(ctx, res, sub)
	if err != nil {
		return nil, err
	}
	var out []difference
	for i, seed := range seeds {
		want, err := native.RunGo(ctx, exe, limits, strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		got, err := p.Run(ctx, i, limits)
		if err != nil {
			return nil, err
		}
		// The host's main is not a frame of the program.
		want.Frames = ofProgram(want.Frames)
		if got.Trouble != "" || got.Panic != want.Panic || got.Exit != want.Exit || got.Output != want.Output ||
			frames && want.Panic != "" && !slices.Equal(got.Frames, want.Frames) && !slices.Equal(got.Frames, plainFrames(ctx, src, i)) {
			out = append(out, difference{seed, got, want})
		}
	}
	return out, nil
}

// ofProgram drops the frames of the host's main.
func ofProgram(frames []string) []string {
	return slices.DeleteFunc(frames, func(f string) bool { return strings.HasPrefix(f, "host.go:") })
}

// plainFrames are the frames of a program's panic when Go does not optimise:
// of two inlined calls that both end in the same panic, the optimised code
// names the wrong one at times. It is nil when there is trouble.
func plainFrames(ctx context.Context, src []byte, number int) []string {
	dir, err := os.MkdirTemp("", "rexfuzz")
	if err != nil {
		return nil
	}
	defer os.RemoveAll(dir)
	exe, err := native.BuildGo(ctx, map[string][]byte{"p.go": src, "host.go": []byte(host)}, dir, "-gcflags=-N -l", "-ldflags=-w")
	if err != nil {
		return nil
	}
	end, err := native.RunGo(ctx, exe, limits, strconv.Itoa(number))
	if err != nil {
		return nil
	}
	return ofProgram(end.Frames)
}
