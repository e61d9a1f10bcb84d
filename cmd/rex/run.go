// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
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
	egress  bool
	freq    uint64
	json    bool
	rexKO   string
	sign    signFlags
	length  time.Duration
}

// attachFlags defines the flags that say what to attach programs to.
func (o *runOptions) attachFlags(fs *flag.FlagSet) {
	fs.Var(&o.ifaces, "iface", "attach XDP and TC programs to the network interface `NAME`; may be repeated")
	fs.StringVar(&o.program, "prog", "", "attach only the program `NAME`")
	fs.BoolVar(&o.generic, "generic", false, "use generic XDP even if the driver has its own")
	fs.BoolVar(&o.egress, "egress", false, "attach TC programs to what leaves the interface instead of what arrives")
	fs.Uint64Var(&o.freq, "freq", 99, "run perf event programs `N` times a second on each CPU")
}

// loadFlags defines the flags that say how to load.
func (o *runOptions) loadFlags(fs *flag.FlagSet) {
	fs.StringVar(&o.rexKO, "rexko", "", "the `FILE` of the loaded rex.ko (default $"+loader.EnvRexKO+", or searched for)")
	o.sign.define(fs)
}

func runRun(ctx context.Context, args []string) int {
	var o runOptions
	fs := newFlags("run")
	o.attachFlags(fs)
	o.loadFlags(fs)
	fs.DurationVar(&o.length, "for", 0, "stop after this long, for example 30s; 0 means when interrupted")
	fs.BoolVar(&o.json, "json", false, "print events as JSON, one a line")
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
	progs, targets, err := o.plan(obj)
	if err != nil {
		return err
	}
	opts, err := o.options()
	if err != nil {
		return err
	}
	start := time.Now()
	ext, err := loader.Load(obj, opts)
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
	attached, err := attachAll(ext, progs, targets, o)
	if err != nil {
		return err
	}
	if attached == 0 {
		fmt.Fprintf(os.Stderr, "rex: loaded %s, attached to nothing (-iface NAME attaches its XDP and TC programs)\n", ext.Name())
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

// options says how to load.
func (o *runOptions) options() (loader.Options, error) {
	opts := loader.Options{RexKO: o.rexKO}
	return opts, o.sign.read(&opts)
}

// plan says which programs are attached, and to which interfaces.
func (o *runOptions) plan(obj *loader.Object) ([]loader.Program, []*net.Interface, error) {
	progs, err := chosenPrograms(obj, o)
	if err != nil {
		return nil, nil, err
	}
	var targets []*net.Interface
	for _, name := range o.ifaces {
		iface, err := net.InterfaceByName(name)
		if err != nil {
			return nil, nil, fmt.Errorf("interface %s: %w (ip link lists them)", name, loader.ErrNoInterface)
		}
		targets = append(targets, iface)
	}
	return progs, targets, nil
}

// attachAll attaches programs and returns how many links it made.
func attachAll(ext *loader.Extension, progs []loader.Program, targets []*net.Interface, o *runOptions) (int, error) {
	attached := 0
	for _, p := range progs {
		n, err := attach(ext, p, targets, o)
		if err != nil {
			return attached, err
		}
		attached += n
	}
	return attached, nil
}

// attach attaches a program to what its directive says, XDP and TC programs to
// each of the interfaces. It returns how many links it made.
func attach(ext *loader.Extension, p loader.Program, targets []*net.Interface, o *runOptions) (int, error) {
	say := func(where string) {
		fmt.Fprintf(os.Stderr, "rex: attached %s.%s (%s) to %s\n", ext.Name(), p.Name, p.Type, where)
	}
	switch p.Type {
	case "kprobe", "kretprobe":
		_, err := ext.AttachKprobe(p.Name)
		if err == nil {
			say(p.Attach)
		}
		return 1, err
	case "tracepoint":
		_, err := ext.AttachTracepoint(p.Name)
		if err == nil {
			say(p.Attach)
		}
		return 1, err
	case "perfevent":
		links, err := ext.AttachPerfEvent(p.Name, loader.PerfEventOptions{Frequency: o.freq})
		if err == nil {
			say(fmt.Sprintf("the clock of %d CPUs, %d times a second", len(links), o.freq))
		}
		return len(links), err
	}
	dir := loader.Ingress
	if o.egress {
		dir = loader.Egress
	}
	for _, iface := range targets {
		if p.Type == "tc" {
			if _, err := ext.AttachTC(p.Name, iface.Index, dir); err != nil {
				return 0, err
			}
			say(iface.Name + " " + dir.String())
			continue
		}
		var flags link.XDPAttachFlags
		if o.generic {
			flags = link.XDPGenericMode
		}
		if _, err := ext.AttachXDP(p.Name, iface.Index, flags); err != nil {
			return 0, err
		}
		say(iface.Name)
	}
	return len(targets), nil
}

// chosenPrograms returns what to attach. An interface's XDP hook takes one
// program.
func chosenPrograms(obj *loader.Object, o *runOptions) ([]loader.Program, error) {
	var chosen []loader.Program
	var all, xdp []string
	network := 0
	for _, p := range obj.Programs() {
		all = append(all, fmt.Sprintf("%s (%s)", p.Name, p.Type))
		if o.program != "" && o.program != p.Name {
			continue
		}
		chosen = append(chosen, p)
		switch p.Type {
		case "xdp":
			xdp = append(xdp, p.Name)
			network++
		case "tc":
			network++
		}
	}
	switch {
	case len(chosen) == 0 && o.program != "":
		return nil, fmt.Errorf("extension %s: %w: %s (it has %s)", obj.Name(), loader.ErrNoProgram, o.program, strings.Join(all, ", "))
	case len(o.ifaces) > 0 && network == 0:
		return nil, fmt.Errorf("extension %s has no XDP or TC program to attach to %s (it has %s)", obj.Name(), strings.Join(o.ifaces, ", "), strings.Join(all, ", "))
	case len(o.ifaces) > 0 && len(xdp) > 1:
		return nil, fmt.Errorf("extension %s has %d XDP programs, an interface takes one (choose with -prog: %s)", obj.Name(), len(xdp), strings.Join(xdp, ", "))
	}
	return chosen, nil
}
