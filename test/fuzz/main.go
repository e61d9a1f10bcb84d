// SPDX-License-Identifier: Apache-2.0

// Command fuzz makes random programs and compares what they do, compiled as
// extensions and run in a process, with what the Go compiler makes of them:
// output, panic message, and the line of every frame.
//
//	fuzz [-n N] [-seed S] [-size Z] [-batch B] [-j J] [-keep DIR] [-print]
//
// Program i has seed S+i. The exit status is 1 when there is a difference:
// each one is printed with its seed, and its program, made smaller, is written
// to DIR. -n 1 -seed S -size Z -print shows the whole program.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rex-go/rex/test/progen"
)

func main() {
	n := flag.Int("n", 1000, "how many programs")
	first := flag.Uint64("seed", 1, "the first program's seed")
	size := flag.Int("size", 3, "about how many statements a program has, on average")
	batch := flag.Int("batch", 500, "how many programs are compiled together")
	jobs := flag.Int("j", 2, "how many batches at once")
	dir := flag.String("keep", "", "`directory` for the programs that differ")
	show := flag.Bool("print", false, "print the programs instead of running them")
	flag.Parse()
	// Both compilers make much garbage and end soon.
	os.Setenv("GOGC", "800")
	debug.SetGCPercent(800)
	if *show {
		os.Stdout.Write(progen.Batch(seeds(*first, *n), *size))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if !run(ctx, *first, *n, *batch, *size, *jobs, *dir) {
		os.Exit(1)
	}
}

func seeds(first uint64, n int) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = first + uint64(i)
	}
	return list
}

// run compares n programs and reports whether all agree.
func run(ctx context.Context, first uint64, n, batch, size, jobs int, dir string) bool {
	start := time.Now()
	var mu sync.Mutex
	done, bad := 0, 0
	batches := make(chan []uint64)
	var wg sync.WaitGroup
	for range jobs {
		wg.Go(func() {
			for b := range batches {
				diffs, failed := narrow(ctx, b, size)
				if ctx.Err() != nil {
					continue
				}
				mu.Lock()
				done += len(b)
				bad += len(diffs) + len(failed)
				for _, d := range diffs {
					fmt.Println(d)
					if dir != "" {
						name, err := keep(ctx, dir, d, size)
						fmt.Printf("seed %d: program in %s (%v)\n", d.Seed, name, errOr(err, "reduced"))
					}
				}
				for seed, err := range failed {
					fmt.Printf("seed %d: %.2000v\n", seed, err)
				}
				fmt.Fprintf(os.Stderr, "%d of %d programs, %d differ, %v\n", done, n, bad, time.Since(start).Round(time.Second))
				mu.Unlock()
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i += batch {
		batches <- seeds(first+uint64(i), min(batch, n-i))
	}
	close(batches)
	wg.Wait()
	fmt.Printf("fuzz: %d programs from seed %d, %d differences\n", done, first, bad)
	return bad == 0 && ctx.Err() == nil
}

func errOr(err error, text string) string {
	if err != nil {
		return err.Error()
	}
	return text
}

// narrow checks a batch; when it does not compile, each half, down to the
// programs that are to blame.
func narrow(ctx context.Context, list []uint64, size int) ([]difference, map[uint64]error) {
	diffs, err := check(ctx, list, size)
	if err == nil || ctx.Err() != nil {
		return diffs, nil
	}
	if len(list) == 1 {
		return nil, map[uint64]error{list[0]: err}
	}
	half := len(list) / 2
	diffs, failed := narrow(ctx, list[:half], size)
	more, alsoFailed := narrow(ctx, list[half:], size)
	if failed == nil {
		failed = map[uint64]error{}
	}
	for s, e := range alsoFailed {
		failed[s] = e
	}
	return append(diffs, more...), failed
}
