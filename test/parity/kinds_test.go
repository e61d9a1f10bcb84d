// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/test/parity/testdata/kinds"
)

func kindOnHost(t *testing.T, scenario int) told {
	t.Helper()
	o := tellHost(t, report.Input{Case: uint32(scenario)}, func() (uint32, []byte) {
		v, _ := rextest.RunXDP(t, kinds.Run, udp4)
		return uint32(v), nil
	})
	o.records = rextest.Records(kinds.Events)
	return o
}

// fillHost puts in what user space would.
func fillHost(t *testing.T) {
	t.Helper()
	rextest.Reset(t)
	rextest.SetPerfCounter(kinds.Counters, 0, rex.PerfCounter{Value: 5, Enabled: 6, Running: 6})
	if err := errors.Join(
		rextest.SetTarget(kinds.Devs, 1, loopback), rextest.SetTarget(kinds.DevHash, 1, loopback),
		rextest.SetTarget(kinds.CPUs, 0, 64), rextest.SetTarget(kinds.Sockets, 1, 1),
	); err != nil {
		t.Fatal(err)
	}
}

// fillKernel is fillHost for the kernel.
func fillKernel(t *testing.T, ext *loader.Extension) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	for name, entry := range map[string][2]uint32{
		"Devs": {1, loopback}, "DevHash": {1, loopback}, "CPUs": {0, 64}, "Sockets": {1, uint32(fd)},
	} {
		if err := kit.Map(t, ext, name).Put(entry[0], entry[1]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := ext.OpenPerfCounters("Counters", loader.PerfEventOptions{Config: loader.PerfPageFaults, Type: loader.PerfTypeSoftware}); err != nil {
		t.Fatal(err)
	}
}

// TestKindsHost compares the host implementation with golden/kinds.txt.
func TestKindsHost(t *testing.T) {
	fillHost(t)
	all := map[string]told{}
	var names []string
	for i, s := range kinds.All {
		all[s.Name] = kindOnHost(t, i)
		names = append(names, s.Name)
	}
	golden(t, "kinds", names, all)
}

// TestVMKinds compares the kernel with the host implementation.
func TestVMKinds(t *testing.T) {
	kit.Need(t)
	fillHost(t)
	ext := kit.Load(t, "kinds", loader.Options{})
	fillKernel(t, ext)
	for i, s := range kinds.All {
		want := kindOnHost(t, i)
		got := tellKernel(t, ext, report.Input{Case: uint32(i)}, func() (uint32, []byte) {
			res, err := ext.TestRun("Run", udp4)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			return res.Verdict, nil
		})
		got.records = records(t, ext)
		same(t, s.Name, got, want)
	}
}
