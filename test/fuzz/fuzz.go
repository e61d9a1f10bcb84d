// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

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

// check compiles the programs of the given seeds into one package, on both
// sides, runs each, and returns the differences. An error means that a side
// could not compile them.
func check(ctx context.Context, seeds []uint64, size int) ([]difference, error) {
	dir, err := os.MkdirTemp("", "rexfuzz")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	src := progen.Batch(seeds, size)
	exe, err := native.BuildGo(ctx, map[string][]byte{"p.go": src, "host.go": []byte(host)}, dir)
	if err != nil {
		return nil, fmt.Errorf("a generated program is not valid: %w", err)
	}
	sub, err := os.MkdirTemp(dir, "rex")
	if err != nil {
		return nil, err
	}
	res, err := native.Compile(ctx, map[string][]byte{"p.go": src, "entry.go": []byte(entry)})
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
		var frames []string
		for _, f := range want.Frames {
			if !strings.HasPrefix(f, "host.go:") {
				frames = append(frames, f)
			}
		}
		want.Frames = frames
		if got.Trouble != "" || got.Panic != want.Panic || got.Exit != want.Exit || got.Output != want.Output ||
			want.Panic != "" && fmt.Sprint(got.Frames) != fmt.Sprint(want.Frames) {
			out = append(out, difference{seed, got, want})
		}
	}
	return out, nil
}
