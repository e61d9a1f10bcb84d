// SPDX-License-Identifier: Apache-2.0

package bmc_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/examples/bmc"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// engine is a cache: examples/bmc, or its twin in eBPF.
type engine struct {
	ingress, egress *ebpf.Program
	stats           *ebpf.Map
	// xdp and tc attach the programs to an interface.
	xdp func(ifindex int, flags link.XDPAttachFlags) error
	tc  func(ifindex int) error
}

// ours loads examples/bmc.
func ours(t testing.TB) *engine {
	t.Helper()
	ext, err := loader.Load(kit.Object(t, "bmc"), loader.Options{})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() {
		st, err := ext.Stats()
		if err == nil && (st.Panics != 0 || st.Timeouts != 0 || st.StackOverflows != 0 || st.Stopped) {
			err = fmt.Errorf("the extension failed: %+v", st)
		}
		if err := errors.Join(err, ext.Close()); err != nil {
			t.Error(err)
		}
	})
	e := &engine{
		xdp: func(ifindex int, flags link.XDPAttachFlags) error {
			_, err := ext.AttachXDP("Ingress", ifindex, flags)
			return err
		},
		tc: func(ifindex int) error {
			_, err := ext.AttachTC("Egress", ifindex, loader.Egress)
			return err
		},
	}
	var errs [3]error
	e.ingress, errs[0] = ext.Program("Ingress")
	e.egress, errs[1] = ext.Program("Egress")
	e.stats, errs[2] = ext.Map("stats")
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return e
}

// twin loads bench/ebpf/bmc.
func twin(t testing.TB) *engine {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpec(filepath.Join(os.Getenv("REX_OBJECTS"), "bmc.bpf.o"))
	if err != nil {
		t.Fatal(err)
	}
	clear(spec.Variables) // or a map stays until what makes them accessible is collected
	coll, err := ebpf.NewCollection(spec)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(coll.Close)
	for name, steps := range map[string][]string{
		"ingress_steps": {"hash_key", "look_up", "reply", "set_key", "set"},
		"egress_steps":  {"fill", "store", "stored"},
	} {
		for i, step := range steps {
			if err := coll.Maps[name].Put(uint32(i), coll.Programs[step]); err != nil {
				t.Fatalf("%s: %v", step, err)
			}
			// Programs and the array that they are in hold each other.
			t.Cleanup(func() { coll.Maps[name].Delete(uint32(i)) })
		}
	}
	keep := func(l link.Link, err error) error {
		if err == nil {
			t.Cleanup(func() { l.Close() })
		}
		return err
	}
	e := &engine{ingress: coll.Programs["ingress"], egress: coll.Programs["egress"], stats: coll.Maps["stats"]}
	e.xdp = func(ifindex int, flags link.XDPAttachFlags) error {
		return keep(link.AttachXDP(link.XDPOptions{Program: e.ingress, Interface: ifindex, Flags: flags}))
	}
	e.tc = func(ifindex int) error {
		return keep(link.AttachTCX(link.TCXOptions{Interface: ifindex, Program: e.egress, Attach: ebpf.AttachTCXEgress}))
	}
	return e
}

// attach puts a cache in front of the server.
func (l *lab) attach(e *engine) {
	l.t.Helper()
	ifi, err := net.InterfaceByName(l.pair.Local)
	if err == nil {
		err = errors.Join(e.tc(ifi.Index), e.xdp(ifi.Index, l.flags))
	}
	if err != nil {
		l.t.Fatal(err)
	}
	l.cache = e
}

// counts returns what a cache counted: the sum over the CPUs.
func (l *lab) counts() (sum bmc.Stats) {
	l.t.Helper()
	var all []bmc.Stats
	if err := l.cache.stats.Lookup(uint32(0), &all); err != nil {
		l.t.Fatal(err)
	}
	for _, s := range all {
		sum.Gets += s.Gets
		sum.Hits += s.Hits
		sum.Misses += s.Misses
		sum.Writes += s.Writes
		sum.Tracked += s.Tracked
		sum.Fills += s.Fills
		sum.Flushes += s.Flushes
	}
	return sum
}
