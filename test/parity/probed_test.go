// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"errors"
	"fmt"
	"net"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/test/parity/testdata/probed"
	"github.com/rex-go/rex/tracepoint"
)

// event is a scenario of package probed: how the host runs it, and what makes the
// kernel run it.
type event struct {
	name   string
	hook   uint32
	number int
	args   [8]uint64
	host   func(t *testing.T, e event) string
	kernel func(t *testing.T, e event) string
}

// frames is a stack of the simulated machine, innermost frame first. Each hook has
// another one.
func frames(at uint64, hook uint32) (all []uint64) {
	for i := range uint64(5) {
		all = append(all, at+uint64(hook)<<12+i<<4)
	}
	return all
}

const kernelText, userText = 0xffffffff81000000, 0x400000

const (
	inKernelCS, inUserCS = 0x10, 0x33
	noProcess            = 1 << 22 // more than any has
	faultPeriod          = 1
)

// getpgidArgs are what getpgid is called with; it looks at the first only.
func getpgidArgs(e event) [6]uint64 {
	pid := uint64(0)
	if e.hook == probed.Return && strings.HasPrefix(e.name, "error") {
		pid = noProcess
	}
	return [6]uint64{pid, 1 << 40, 3, 4, 5, 1<<64 - 1}
}

func getpgid(t *testing.T, e event) string {
	t.Helper()
	a := getpgidArgs(e)
	r, _, errno := unix.RawSyscall6(unix.SYS_GETPGID, uintptr(a[0]), uintptr(a[1]), uintptr(a[2]), uintptr(a[3]), uintptr(a[4]), uintptr(a[5]))
	switch {
	case errno != 0:
		return fmt.Sprintf("caller gets: %d\n", -int(errno))
	case r == uintptr(unix.Getpgrp()):
		return "caller gets: its group\n"
	}
	return fmt.Sprintf("caller gets: %d\n", r)
}

func getpgidOnHost(t *testing.T, e event) string {
	a := getpgidArgs(e)
	if r, ok := rextest.RunSyscall(t, probed.AtEntry, a[:]...); ok {
		return fmt.Sprintf("caller gets: %d\n", int64(r))
	}
	return "caller gets: its group\n"
}

func returnOnHost(t *testing.T, e event) string {
	r, text := uint64(unix.Getpgrp()), "caller gets: its group\n"
	if getpgidArgs(e)[0] == noProcess {
		errno := -int64(unix.ESRCH)
		r, text = uint64(errno), fmt.Sprintf("caller gets: %d\n", errno)
	}
	rextest.RunKretprobe(t, probed.AtReturn, rex.Registers{RAX: r, CS: inKernelCS})
	return text
}

const fileName = "/rex-parity/no such file"

func open(t *testing.T, _ event) string {
	t.Helper()
	fd, err := unix.Openat(7, fileName, unix.O_RDONLY, 0)
	if err == nil {
		unix.Close(fd)
	}
	return fmt.Sprintf("caller gets: %v\n", err)
}

func openOnHost(t *testing.T, _ event) string {
	const at = 0x7f0000000000
	rextest.SetMemory(t, nil, map[uint64][]byte{at: append([]byte(fileName), 0)})
	regs := rextest.Args(7, at, 0xffffc90000000000)
	regs.CS = inKernelCS
	rextest.RunKprobe(t, probed.AtInner, regs)
	return fmt.Sprintf("caller gets: %v\n", unix.ENOENT)
}

const datagram = "datagram"

// send sends a packet on the loopback interface.
func send(t *testing.T, _ event) string {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.WriteTo([]byte(datagram), c.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	return ""
}

func sendOnHost(t *testing.T, _ event) string {
	const name = tracepoint.DataLoc(3<<16 | 24) // behind the record's own fields
	rextest.RunTracepoint(t, probed.AtRecord, probed.Queued{Address: 1, Len: 14 + 20 + 8 + uint32(len(datagram)), Name: name},
		map[tracepoint.DataLoc][]byte{name: []byte("lo\x00")})
	return ""
}

// page is memory of which nothing has been touched yet.
func untouched(t *testing.T) (page []byte, addr uint64) {
	t.Helper()
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(page) })
	return page, uint64(reflect.ValueOf(page).Pointer())
}

func faultOnHost(t *testing.T, e event) string {
	user := frames(userText, e.hook)
	rextest.SetStacks(t, nil, user)
	rextest.RunPerfEvent(t, probed.AtSample, rextest.Sample{
		Registers: rex.Registers{CS: inUserCS, RIP: user[0]}, Period: e.args[0], Address: e.args[1],
		Counter: rex.PerfCounter{Value: e.args[0], Enabled: 1, Running: 1},
	})
	return ""
}

// events are all scenarios of package probed.
func events() (all []event) {
	for i, s := range probed.Entries {
		all = append(all, event{name: s.Name, hook: probed.Entry, number: i, host: getpgidOnHost, kernel: getpgid})
	}
	for i, s := range probed.Inners {
		all = append(all, event{name: s.Name, hook: probed.Inner, number: i, host: openOnHost, kernel: open})
	}
	for i, s := range probed.Returns {
		all = append(all, event{name: s.Name, hook: probed.Return, number: i, host: returnOnHost, kernel: getpgid})
	}
	for i, s := range probed.Records {
		all = append(all, event{name: s.Name, hook: probed.Record, number: i, host: sendOnHost, kernel: send})
	}
	for i, s := range probed.SampleCases {
		all = append(all, event{name: s.Name, hook: probed.Sample, number: i, host: faultOnHost})
	}
	for i := range all {
		all[i].args = [8]uint64{6, uint64(unix.Getpgrp())}
		if all[i].hook == probed.Sample {
			all[i].args = [8]uint64{faultPeriod, 0x7f0000001000}
		}
		all[i].name = fmt.Sprintf("%s, hook %d", all[i].name, all[i].hook)
	}
	return all
}

func (e event) input(thread int) report.Input {
	return report.Input{Case: uint32(e.number), Hook: e.hook, Thread: uint32(thread), Args: e.args}
}

func eventOnHost(t *testing.T, e event) told {
	t.Helper()
	rextest.SetTask(t, rextest.Task{PID: uint32(unix.Gettid())})
	rextest.SetStacks(t, frames(kernelText, e.hook), frames(userText, e.hook))
	var extra string
	o := tellHost(t, e.input(unix.Gettid()), func() (uint32, []byte) {
		extra = e.host(t, e)
		return 0, nil
	})
	if o.panic == "" {
		o.text += extra
	}
	o.samples = hostSamples(t, probed.Samples)
	return o
}

// TestProbedHost compares the host implementation with golden/probed.txt.
func TestProbedHost(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	rextest.Reset(t)
	all := map[string]told{}
	var names []string
	for _, e := range events() {
		all[e.name] = eventOnHost(t, e)
		names = append(names, e.name)
	}
	golden(t, "probed", names, all)
}

// TestVMProbed compares the kernel with the host implementation.
func TestVMProbed(t *testing.T) {
	kit.Need(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	rextest.Reset(t)
	ext := kit.Load(t, "probed", loader.Options{})
	samples := drain(t, ext, "Samples")
	for _, program := range []string{"AtEntry", "AtInner", "AtReturn"} {
		if _, err := ext.AttachKprobe(program); err != nil {
			t.Fatal(err)
		}
	}
	_, err := ext.AttachTracepoint("AtRecord")
	_, err2 := ext.AttachPerfEvent("AtSample", loader.PerfEventOptions{
		Type: loader.PerfTypeSoftware, Config: loader.PerfPageFaults, Period: faultPeriod,
	})
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for _, e := range events() {
		trigger := e.kernel
		if e.hook == probed.Sample {
			page, addr := untouched(t)
			e.args[1] = addr
			trigger = func(*testing.T, event) string { page[0] = 1; return "" }
		}
		want := eventOnHost(t, e)
		var extra string
		got := tellKernel(t, ext, e.input(unix.Gettid()), func() (uint32, []byte) {
			extra = trigger(t, e)
			return 0, nil
		})
		if got.panic == "" {
			got.text += extra
		}
		got.samples = samples()
		same(t, e.name, got, want)
	}
}
