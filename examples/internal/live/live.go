// SPDX-License-Identifier: Apache-2.0

// Package live is what the host programs of XDP examples have in common: it
// loads an object, attaches it to an interface, shows what it does until it is
// interrupted, prints its events, and unloads it however that ends.
package live

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/loader"
)

// App is a host program.
type App struct {
	// Name is the command's, Program the XDP program's.
	Name, Program string
	// Flags adds flags to -iface, -every, -for and -generic.
	Flags func(*flag.FlagSet)
	// Setup fills maps before the program is attached.
	Setup func(*loader.Extension) error
	// Show prints what the maps say. since is the time since the last call.
	Show func(w io.Writer, ext *loader.Extension, since time.Duration) error
}

// Main runs it with the command line and exits.
func (a App) Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := a.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", a.Name, err)
		os.Exit(1)
	}
}

// Run runs it until ctx is done.
func (a App) Run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	fs := flag.NewFlagSet(a.Name, flag.ContinueOnError)
	fs.SetOutput(stderr)
	ifname := fs.String("iface", "", "network `interface` to attach to")
	every := fs.Duration("every", time.Second, "how often to print")
	generic := fs.Bool("generic", false, "attach in front of the network stack, not in the driver")
	runFor := fs.Duration("for", 0, "how long to run; 0: until interrupted")
	a.Flags(fs)
	fs.Usage = func() {
		fmt.Fprintf(stderr, "usage: %s -iface INTERFACE [flags] OBJECT.rexo\n", a.Name)
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *ifname == "" || fs.NArg() != 1 || *every <= 0 {
		fs.Usage()
		return errors.New("an interface, one object and a positive interval are needed")
	}
	if *runFor > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *runFor)
		defer cancel()
	}
	iface, err := net.InterfaceByName(*ifname)
	if err != nil {
		return fmt.Errorf("find interface %s: %w", *ifname, err)
	}
	obj, err := loader.Open(fs.Arg(0))
	if err != nil {
		return err
	}
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ext.Close()) }()
	if err := a.Setup(ext); err != nil {
		return err
	}
	var flags link.XDPAttachFlags
	if *generic {
		flags = link.XDPGenericMode
	}
	if _, err := ext.AttachXDP(a.Program, iface.Index, flags); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s: attached to %s\n", a.Name, *ifname)

	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	defer func() {
		cancel()
		err = errors.Join(err, <-done)
	}()
	go func() { done <- events(ctx, ext, stderr) }()
	tick := time.NewTicker(*every)
	defer tick.Stop()
	for last := time.Now(); ; {
		var over bool
		select {
		case <-ctx.Done():
			over = true
		case <-tick.C:
		}
		now := time.Now()
		if err := a.Show(stdout, ext, now.Sub(last)); err != nil || over {
			return err
		}
		last = now
	}
}

// events prints the extension's events until ctx is done.
func events(ctx context.Context, ext *loader.Extension, w io.Writer) error {
	for ev, err := range ext.Events(ctx) {
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("read events: %w", err)
		}
		fmt.Fprintln(w, ev)
	}
	return nil
}

// Sums returns the sum over all CPUs of each of the first n elements of a
// per-CPU array of numbers.
func Sums(ext *loader.Extension, name string, n int) ([]uint64, error) {
	m, err := ext.Map(name)
	if err != nil {
		return nil, err
	}
	sums := make([]uint64, n)
	for i := range sums {
		var perCPU []uint64
		if err := m.Lookup(uint32(i), &perCPU); err != nil {
			return nil, fmt.Errorf("read %s[%d]: %w", name, i, err)
		}
		for _, v := range perCPU {
			sums[i] += v
		}
	}
	return sums, nil
}
