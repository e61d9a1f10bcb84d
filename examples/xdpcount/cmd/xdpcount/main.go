// SPDX-License-Identifier: Apache-2.0

// Command xdpcount loads the extension xdpcount, attaches it to a network
// interface and prints what it counted until it is interrupted.
//
//	xdpcount -iface eth0 -block 9999,5353 xdpcount.rexo
//
// It needs root and rex.ko. On exit, however it comes about, the extension is
// detached and unloaded.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rex-go/rex/examples/xdpcount"
	"github.com/rex-go/rex/loader"
)

// config is what the command line says.
type config struct {
	iface  string
	block  ports
	every  time.Duration
	runFor time.Duration
	json   bool
	object string
}

// ports is a comma-separated list of UDP ports.
type ports []uint16

func (p *ports) String() string { return fmt.Sprint([]uint16(*p)) }

// Set adds the ports of one flag.
func (p *ports) Set(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		v, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return fmt.Errorf("port %q is not a number from 0 to 65535", part)
		}
		*p = append(*p, uint16(v))
	}
	if len(*p) > xdpcount.MaxBlocked {
		return fmt.Errorf("%d ports (at most %d can be blocked)", len(*p), xdpcount.MaxBlocked)
	}
	return nil
}

// parse reads the command line.
func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	fs := flag.NewFlagSet("xdpcount", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&c.iface, "iface", "", "network `interface` to attach to")
	fs.Var(&c.block, "block", "UDP destination `ports` to drop, separated by commas")
	fs.DurationVar(&c.every, "every", time.Second, "how often to print the table; 0: only at the end")
	fs.DurationVar(&c.runFor, "for", 0, "how long to run; 0: until interrupted")
	fs.BoolVar(&c.json, "json", false, "print JSON, one object a table")
	fs.Usage = func() {
		fmt.Fprintln(stderr, "usage: xdpcount -iface INTERFACE [flags] OBJECT.rexo")
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return c, err
	}
	if c.iface == "" || fs.NArg() != 1 {
		fs.Usage()
		return c, errors.New("an interface and one object are needed")
	}
	c.object = fs.Arg(0)
	return c, nil
}

func main() {
	c, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "xdpcount:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.runFor > 0 {
		ctx, stop = context.WithTimeout(ctx, c.runFor)
		defer stop()
	}
	if err := run(ctx, c, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "xdpcount: %v\n", err)
		os.Exit(1)
	}
}

// run loads and attaches the extension and prints tables until ctx is done.
func run(ctx context.Context, c config, stdout, stderr io.Writer) (err error) {
	iface, err := net.InterfaceByName(c.iface)
	if err != nil {
		return fmt.Errorf("find interface %s: %w", c.iface, err)
	}
	obj, err := loader.Open(c.object)
	if err != nil {
		return err
	}
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ext.Close()) }()

	// The ports go into the map before the first packet can come.
	blocked, err := ext.Map("blocked")
	if err != nil {
		return err
	}
	for _, port := range c.block {
		if err := blocked.Put(port, uint32(1)); err != nil {
			return fmt.Errorf("block port %d: %w", port, err)
		}
	}
	stats, err := ext.Map("stats")
	if err != nil {
		return err
	}
	if _, err := ext.AttachXDP("Count", iface.Index, 0); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "xdpcount: attached to %s\n", c.iface)

	events := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		err = errors.Join(err, <-events)
	}()
	go func() { events <- watch(ctx, ext, stderr) }()

	var tick <-chan time.Time
	if c.every > 0 {
		t := time.NewTicker(c.every)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return show(stdout, stats, c.json)
		case <-tick:
			if err := show(stdout, stats, c.json); err != nil {
				return err
			}
		}
	}
}

// watch prints the extension's events until ctx is done.
func watch(ctx context.Context, ext *loader.Extension, w io.Writer) error {
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
