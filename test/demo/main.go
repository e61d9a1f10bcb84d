// SPDX-License-Identifier: Apache-2.0

// Demo shows the whole path on a stock kernel, inside a throw-away VM, and
// checks every claim it prints: it exits non-zero when one does not hold.
//
//	bin/rex vm -- bin/demo -bin bin
//
// It wants the objects xdpcount.rexo and buggy.rexo in the directory -bin, root,
// and rex.ko loaded. "make demo" arranges that.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	bin := flag.String("bin", "bin", "`directory` with the compiled extensions")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	d := &demo{bin: *bin, start: time.Now()}
	for _, part := range []func(context.Context) error{d.kernel, d.count, d.buggy, d.clean} {
		if err := part(ctx); err != nil {
			fmt.Fprintf(os.Stderr, "\ndemo: FAILED: %v\n", err)
			os.Exit(1)
		}
	}
	fmt.Printf("\nEverything above was checked. Guest time: %.1f s.\n", time.Since(d.start).Seconds())
}

// demo is the state that the parts share.
type demo struct {
	bin   string
	start time.Time
}

// step announces a part that may take a while.
func step(format string, args ...any) { fmt.Printf("\n== "+format+"\n", args...) }

// ok prints a claim that has just been checked.
func ok(format string, args ...any) { fmt.Printf("   ok: "+format+"\n", args...) }

// eventually polls a condition that the kernel reaches on its own (packets in
// flight, deferred work). The limit only bounds a failure; it is generous
// because the machine may be busy.
func eventually(ctx context.Context, what string, cond func() error) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := cond()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
