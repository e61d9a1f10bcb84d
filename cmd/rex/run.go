// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/loader"
)

// ifaces is the value of a flag that may be given several times or hold a
// comma-separated list.
type ifaces []string

func (f *ifaces) String() string { return strings.Join(*f, ",") }

func (f *ifaces) Set(s string) error {
	for name := range strings.SplitSeq(s, ",") {
		if name == "" {
			return errors.New("empty interface name")
		}
		*f = append(*f, name)
	}
	return nil
}

type runOptions struct {
	ifaces  ifaces
	program string
	generic bool
	json    bool
	rexKO   string
	length  time.Duration
}

func runRun(ctx context.Context, args []string) int {
	var o runOptions
	fs := newFlags("run")
	fs.Var(&o.ifaces, "iface", "attach XDP programs to the network interface `NAME`; may be repeated")
	fs.StringVar(&o.program, "prog", "", "attach only the program `NAME`")
	fs.BoolVar(&o.generic, "generic", false, "use generic XDP even if the driver has its own")
	fs.DurationVar(&o.length, "for", 0, "stop after this long, for example 30s; 0 means when interrupted")
	fs.BoolVar(&o.json, "json", false, "print events as JSON, one a line")
	fs.StringVar(&o.rexKO, "rexko", "", "the `FILE` of the loaded rex.ko (default $"+loader.EnvRexKO+", or searched for)")
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	if o.length < 0 {
		fmt.Fprintln(os.Stderr, "rex run: -for must not be negative")
		return exitUsage
	}
	obj, err := objectOf(ctx, rest[0])
	if err != nil {
		return failSource("run", err, false)
	}
	if err := run(ctx, obj, &o); err != nil {
		return fail("run", err)
	}
	return exitOK
}

// run loads, attaches and watches until ctx or the time is over. Whatever
// happens, it leaves nothing behind.
func run(ctx context.Context, obj *loader.Object, o *runOptions) (err error) {
	// Cheap and likely mistakes first, before anything is loaded.
	progs, err := xdpPrograms(obj, o)
	if err != nil {
		return err
	}
	var targets []*net.Interface
	for _, name := range o.ifaces {
		iface, err := net.InterfaceByName(name)
		if err != nil {
			return fmt.Errorf("interface %s: %w (ip link lists them)", name, loader.ErrNoInterface)
		}
		targets = append(targets, iface)
	}
	start := time.Now()
	ext, err := loader.Load(obj, loader.Options{RexKO: o.rexKO})
	if err != nil {
		return err
	}
	defer func() {
		if st, serr := ext.Stats(); serr == nil {
			fmt.Fprintf(os.Stderr, "rex: %s: %d invocations, %d panics, %d timeouts, %d stack overflows\n",
				st.Name, st.Invocations, st.Panics, st.Timeouts, st.StackOverflows)
		}
		if cerr := ext.Close(); cerr != nil {
			err = errors.Join(err, cerr)
			return
		}
		fmt.Fprintf(os.Stderr, "rex: unloaded %s\n", ext.Name())
	}()
	loaded := time.Since(start)
	for _, iface := range targets {
		for _, p := range progs {
			var flags link.XDPAttachFlags
			if o.generic {
				flags = link.XDPGenericMode
			}
			if _, err := ext.AttachXDP(p, iface.Index, flags); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "rex: attached %s.%s (xdp) to %s\n", ext.Name(), p, iface.Name)
		}
	}
	if len(targets) == 0 {
		fmt.Fprintf(os.Stderr, "rex: loaded %s, attached to nothing (-iface NAME attaches its XDP programs)\n", ext.Name())
	}
	fmt.Fprintf(os.Stderr, "rex: link and load took %v, attach %v\n",
		loaded.Round(100*time.Microsecond), (time.Since(start) - loaded).Round(100*time.Microsecond))
	if o.length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.length)
		defer cancel()
	}
	return printEvents(os.Stdout, ext.Events(ctx), o.json)
}

// xdpPrograms returns what to attach to each interface: an XDP hook takes one
// program.
func xdpPrograms(obj *loader.Object, o *runOptions) ([]string, error) {
	var xdp, all []string
	for _, p := range obj.Programs() {
		all = append(all, fmt.Sprintf("%s (%s)", p.Name, p.Type))
		if p.Type == "xdp" && (o.program == "" || o.program == p.Name) {
			xdp = append(xdp, p.Name)
		}
	}
	if len(o.ifaces) == 0 {
		return nil, nil
	}
	switch {
	case len(xdp) == 1:
		return xdp, nil
	case len(xdp) > 1:
		return nil, fmt.Errorf("extension %s has %d XDP programs, an interface takes one (choose with -prog: %s)", obj.Name(), len(xdp), strings.Join(xdp, ", "))
	case o.program != "":
		return nil, fmt.Errorf("extension %s: %w: XDP program %s (it has %s)", obj.Name(), loader.ErrNoProgram, o.program, strings.Join(all, ", "))
	}
	return nil, fmt.Errorf("extension %s has no XDP program to attach to %s (it has %s)", obj.Name(), strings.Join(o.ifaces, ", "), strings.Join(all, ", "))
}
