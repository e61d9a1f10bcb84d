// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/rex-go/rex/examples/buggy"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/netlab"
)

// bugs are the marked packets and what the host is to report for each.
var bugs = []struct {
	name    string
	port    uint16
	payload []byte
	kind    string
	message string
	// trace are the innermost functions, in order.
	trace []string
}{
	{"index out of range", buggy.PortIndex, []byte{200}, "panic", "index out of range [200] with length 8",
		[]string{"buggy.bump", "buggy.countKind", "buggy.inspect", "buggy.Parse"}},
	{"endless loop", buggy.PortLoop, []byte{1, 0}, "timeout", "time budget",
		[]string{"buggy.countOptions", "buggy.inspect", "buggy.Parse"}},
	{"endless recursion", buggy.PortRecurse, []byte{0xc0, 0, 0}, "stack overflow", "stack overflow",
		[]string{"buggy.countLabels", "buggy.countLabels"}},
}

// buggy runs examples/buggy beside a well-behaved extension.
func (d *demo) buggy(ctx context.Context) (err error) {
	step("examples/buggy: a wrong index, an endless loop, an endless recursion")
	bad, err := netlab.NewPair("bug", 2)
	if err != nil {
		return err
	}
	defer bad.Close()
	good, err := netlab.NewPair("ok", 3)
	if err != nil {
		return err
	}
	defer good.Close()
	ext, err := d.load("buggy")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ext.Close()) }()
	if err := attach(ext, "Parse", bad.Local); err != nil {
		return err
	}
	beside, err := d.load("xdpcount")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, beside.Close()) }()
	if err := attach(beside, "Count", good.Local); err != nil {
		return err
	}
	if err := errors.Join(bad.Up(), good.Up()); err != nil {
		return err
	}

	// Both machines are pinged throughout, the buggy hook's included.
	pingBad, pingGood := startPing(bad), startPing(good)
	defer pingBad.stop()
	defer pingGood.stop()

	evctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := make(chan loader.Event, 16)
	evErr := make(chan error, 1)
	go func() {
		for ev, err := range ext.Events(evctx) {
			if err != nil {
				evErr <- err
				return
			}
			events <- ev
		}
	}()
	for _, bug := range bugs {
		before, err := counted(beside)
		if err != nil {
			return err
		}
		step("%s: a UDP packet to port %d", bug.name, bug.port)
		// The sender listens on the port: the default verdict is pass, so the
		// very packet that breaks the program must arrive.
		arrived, err := sendOne(ctx, bad, bug.port, bug.payload)
		if err != nil {
			return err
		}
		var ev loader.Event
		select {
		case ev = <-events:
		case err := <-evErr:
			return fmt.Errorf("read events: %w", err)
		case <-time.After(60 * time.Second):
			return fmt.Errorf("%s: no event after 60 s", bug.name)
		}
		fmt.Println()
		for line := range strings.Lines(fmt.Sprint(ev)) {
			fmt.Print("   | ", line)
		}
		fmt.Println()
		if string(ev.Kind) != bug.kind || !strings.Contains(ev.Message, bug.message) {
			return fmt.Errorf("%s: reported as %s: %q (want %s: %q)", bug.name, ev.Kind, ev.Message, bug.kind, bug.message)
		}
		if err := traceIs(ev, bug.trace); err != nil {
			return fmt.Errorf("%s: %w", bug.name, err)
		}
		ok("reported as a Go program would, with file:line of every frame")
		if !arrived {
			return fmt.Errorf("%s: the packet did not pass with the default verdict", bug.name)
		}
		ok("the default verdict was returned: the packet arrived")
		err = eventually(ctx, "the program beside it stands still", func() error {
			now, err := counted(beside)
			if err == nil && now <= before {
				err = fmt.Errorf("counted %d packets before and %d after", before, now)
			}
			return err
		})
		if err != nil {
			return err
		}
		ok("the program loaded beside it keeps counting")
		if err := kernelLog(); err != nil {
			return err
		}
	}
	for _, p := range []*pinger{pingBad, pingGood} {
		n, err := p.stop()
		if err != nil {
			return err
		}
		ok("%d pings to %s during all this, every one answered", n, p.dst)
	}
	st, err := ext.Stats()
	if err != nil {
		return err
	}
	if st.Panics != 1 || st.Timeouts != 1 || st.StackOverflows != 1 || st.Stopped {
		return fmt.Errorf("statistics of buggy: %+v (want one of each, and running)", st)
	}
	ok("statistics: %d runs, %d panic, %d timeout, %d stack overflow", st.Invocations, st.Panics, st.Timeouts, st.StackOverflows)
	return nil
}

// traceIs checks the innermost functions of a trace and that each frame has a
// position in the example's source.
func traceIs(ev loader.Event, want []string) error {
	if len(ev.Frames) < len(want) {
		return fmt.Errorf("the trace has %d frames (want at least %d)", len(ev.Frames), len(want))
	}
	for i, w := range want {
		if f := ev.Frames[i]; f.Function != w {
			return fmt.Errorf("frame %d is %s (want %s)", i, f.Function, w)
		}
	}
	for i, f := range ev.Frames {
		if !strings.HasSuffix(f.File, ".go") || f.Line == 0 {
			return fmt.Errorf("frame %d (%s) has no position: %q:%d", i, f.Function, f.File, f.Line)
		}
	}
	if last := ev.Frames[len(ev.Frames)-1]; last.Function != "buggy.Parse" {
		return fmt.Errorf("the outermost frame is %s (want buggy.Parse)", last.Function)
	}
	return nil
}

// sendOne sends one datagram and reports whether it arrived.
func sendOne(ctx context.Context, pair *netlab.Pair, port uint16, payload []byte) (bool, error) {
	got, err := netlab.Listen(pair.LocalIP4, port)
	if err != nil {
		return false, err
	}
	defer got.Close()
	if err := pair.SendUDP(pair.LocalIP4, port, payload, 1); err != nil {
		return false, err
	}
	err = eventually(ctx, "no datagram", func() error {
		if got.Received() == 0 {
			return errors.New("none arrived")
		}
		return nil
	})
	return err == nil, ctx.Err()
}

// counted is how many packets xdpcount has counted.
func counted(ext *loader.Extension) (uint64, error) {
	m, err := ext.Map("stats")
	if err != nil {
		return 0, err
	}
	rows, err := readStats(m)
	var n uint64
	for _, c := range rows {
		n += c.Packets
	}
	return n, err
}

// pinger pings the local end of a pair from the namespace until stopped.
type pinger struct {
	dst  string
	cmd  *exec.Cmd
	out  bytes.Buffer
	done bool
}

func startPing(pair *netlab.Pair) *pinger {
	p := &pinger{dst: pair.LocalIP4.String()}
	// -W 30: a reply may be late on a busy machine, it may not be missing.
	p.cmd = pair.Command("ping", "-i", "0.1", "-W", "30", p.dst)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.Start()
	return p
}

// stop ends the pings and returns how many were sent, with an error when one
// got no reply. The last one may still be on its way when ping ends.
func (p *pinger) stop() (int, error) {
	if p.done {
		return 0, nil
	}
	p.done = true
	p.cmd.Process.Signal(os.Interrupt)
	p.cmd.Wait()
	var sent, got int
	for line := range strings.Lines(p.out.String()) {
		if _, err := fmt.Sscanf(line, "%d packets transmitted, %d received", &sent, &got); err == nil {
			if got == 0 || sent-got > 1 {
				return sent, fmt.Errorf("ping %s: %s", p.dst, strings.TrimSpace(line))
			}
			return sent, nil
		}
	}
	return 0, fmt.Errorf("ping %s said: %s", p.dst, p.out.String())
}
