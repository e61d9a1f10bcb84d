// SPDX-License-Identifier: Apache-2.0

// Package live is what the host programs of the examples have in common: it
// loads an object, attaches it, shows what it does until it is interrupted,
// prints its events, and unloads it however that ends.
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
	// Name is the command's.
	Name string
	// Program is the XDP program that is attached to the interface -iface.
	// Without it there is no such flag, and Attach attaches.
	Program string
	// Attach attaches what is not attached to an interface. Nil means
	// AttachAll.
	Attach func(*loader.Extension) error
	// Flags adds flags to -every, -for and, with Program, -iface and -generic.
	// Setup fills maps before anything is attached. Both may be nil.
	Flags func(*flag.FlagSet)
	Setup func(*loader.Extension) error
	// Show prints what the maps say, every -every and at the end. since is the
	// time since the last call. Watch, started once, prints what comes in
	// until ctx is done. Either may be nil.
	Show  func(w io.Writer, ext *loader.Extension, since time.Duration) error
	Watch func(ctx context.Context, w io.Writer, ext *loader.Extension) error
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
	var nic nic
	if a.Program != "" {
		fs.StringVar(&nic.name, "iface", "", "network `interface` to attach to")
		fs.BoolVar(&nic.generic, "generic", false, "attach in front of the network stack, not in the driver")
	}
	every := fs.Duration("every", time.Second, "how often to print")
	runFor := fs.Duration("for", 0, "how long to run; 0: until interrupted")
	if a.Flags != nil {
		a.Flags(fs)
	}
	fs.Usage = func() {
		fmt.Fprintf(stderr, "usage: %s [flags] OBJECT.rexo\n", a.Name)
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return err
	}
	if a.Program != "" && nic.name == "" || fs.NArg() != 1 || *every <= 0 {
		fs.Usage()
		return errors.New("one object and a positive interval are needed, and an interface for XDP")
	}
	if *runFor > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *runFor)
		defer cancel()
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
	if a.Setup != nil {
		if err := a.Setup(ext); err != nil {
			return err
		}
	}
	if err := a.attach(ext, nic); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s: attached\n", a.Name)

	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 2)
	defer func() {
		cancel()
		err = errors.Join(err, <-done, <-done)
	}()
	go func() { done <- events(ctx, ext, stderr) }()
	go func() {
		var err error
		if a.Watch != nil {
			if err = a.Watch(ctx, stdout, ext); err != nil {
				cancel() // there is no use in going on
			}
		}
		done <- err
	}()
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
		if a.Show != nil {
			if err := a.Show(stdout, ext, now.Sub(last)); err != nil {
				return err
			}
		}
		if over {
			return nil
		}
		last = now
	}
}

// nic is the interface that an XDP program is attached to.
type nic struct {
	name    string
	generic bool
}

func (a App) attach(ext *loader.Extension, nic nic) error {
	switch {
	case a.Program != "":
		iface, err := net.InterfaceByName(nic.name)
		if err != nil {
			return fmt.Errorf("find interface %s: %w", nic.name, err)
		}
		var flags link.XDPAttachFlags
		if nic.generic {
			flags = link.XDPGenericMode
		}
		_, err = ext.AttachXDP(a.Program, iface.Index, flags)
		return err
	case a.Attach != nil:
		return a.Attach(ext)
	}
	return AttachAll(ext)
}

// AttachAll attaches every kprobe and tracepoint program to what its directive
// names, and every perf event program to the CPU clock.
func AttachAll(ext *loader.Extension) error {
	for _, p := range ext.Object().Programs() {
		var err error
		switch p.Type {
		case "kprobe", "kretprobe":
			_, err = ext.AttachKprobe(p.Name)
		case "tracepoint":
			_, err = ext.AttachTracepoint(p.Name)
		case "perfevent":
			_, err = ext.AttachPerfEvent(p.Name, loader.PerfEventOptions{})
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// Put sets one entry of a map.
func Put(ext *loader.Extension, name string, key, value any) error {
	m, err := ext.Map(name)
	if err == nil {
		err = m.Put(key, value)
	}
	if err != nil {
		return fmt.Errorf("write map %s: %w", name, err)
	}
	return nil
}

// Get reads one entry of a map; of a per-CPU map, V is a slice.
func Get[V any](ext *loader.Extension, name string, key any) (v V, err error) {
	m, err := ext.Map(name)
	if err == nil {
		err = m.Lookup(key, &v)
	}
	if err != nil {
		err = fmt.Errorf("read map %s: %w", name, err)
	}
	return v, err
}

// Entries reads all entries of a map. K and V are the extension's own types.
func Entries[K, V any](ext *loader.Extension, name string) (all []loader.Entry[K, V], err error) {
	m, err := loader.OpenTable[K, V](ext, name)
	if err != nil {
		return nil, err
	}
	for e, err := range m.Entries() {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}
