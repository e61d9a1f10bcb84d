// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/parity/testdata/ops"
)

const (
	badAddr  = uint32(rex.ErrFault)
	loopback = 1 // the interface's index
)

// elsewhere are scenarios of what leads out of the program: tasks, samples,
// redirects.
func elsewhere() []scenario {
	all := []scenario{
		{name: "ring buffer flags", steps: []step{
			{op: ops.SubmitFlags, m: ops.Ring, bits: 1, value: 1, flag: 1},
			{op: ops.SubmitFlags, m: ops.Ring, bits: 2, value: 2, flag: 1},
			{op: ops.SubmitFlags, m: ops.Ring, bits: 0xf0, value: 3, flag: 1},
			{op: ops.OutputFlags, m: ops.Ring, bits: 1, value: 4},
			{op: ops.OutputFlags, m: ops.Ring, bits: 3, value: 5},
			{op: ops.OutputFlags, m: ops.Ring, bits: 4, value: 6, err: invalid},
		}},
		{name: "tasks", steps: []step{
			{op: ops.Find, m: ops.Tasks, key: 1, flag: 1, result: 1},
			{op: ops.Find, m: ops.Tasks},
			{op: ops.Find, m: ops.Tasks, key: 1 << 30},
			{op: ops.Find, m: ops.Tasks, key: 1<<32 - 1},
			{op: ops.HoldTask, m: ops.Tasks, key: 1, value: 14, flag: 14}, // and the one above
		}},
		{name: "hold too many tasks", steps: []step{{op: ops.HoldTask, m: ops.Tasks, key: 1, value: 17}}, panic: "runtime error: too many resources held"},
		{name: "release a task twice", steps: []step{{op: ops.ReleaseTwice, m: ops.Tasks, key: 1}}, panic: "runtime error: release of a task that is not held"},
		{name: "use a released task", steps: []step{{op: ops.UseReleased, m: ops.Tasks, key: 1}}, panic: "runtime error: use of a task that is not held"},
		{name: "use no task", steps: []step{{op: ops.UseNone, m: ops.Tasks}}, panic: "runtime error: use of a task that is not held"},
		{name: "samples", steps: []step{
			{op: ops.Sample, m: ops.Perf, key: rex.CurrentCPU, value: 1},
			{op: ops.Sample, m: ops.Perf, key: 1 << 20, value: 2, err: tooBig},
			{op: ops.SamplePacket, m: ops.Perf, key: rex.CurrentCPU, value: 20},
			{op: ops.SamplePacket, m: ops.Perf, key: rex.CurrentCPU, value: 1000, err: badAddr},
			{op: ops.SamplePacket, m: ops.Perf, key: rex.CurrentCPU, value: 0xf000, err: tooBig},
			{op: ops.SamplePacket, m: ops.Perf, key: rex.CurrentCPU, value: 1<<64 - 1, err: tooBig},
			{op: ops.SamplePacket, m: ops.Perf, key: 1 << 20, value: 1000, err: badAddr},
			{op: ops.Counter, m: ops.Perf, key: rex.CurrentCPU, err: notExist},
			{op: ops.Counter, m: ops.Perf, key: 1 << 20, err: tooBig},
		}},
		{name: "redirect to a nil map", steps: []step{{op: ops.ToNil, m: ops.Redirects}}, panic: "nil pointer dereference"},
	}
	c := scenario{name: "redirects", steps: []step{{op: ops.ToInterface, m: ops.Redirects, key: 1 << 20, flag: 4}}}
	for _, op := range []byte{ops.ToDev, ops.ToDevHash, ops.ToCPU, ops.ToSocket} {
		for _, key := range []uint32{0, ops.Entries, 1<<32 - 1} {
			c.steps = append(c.steps, step{op: op, m: ops.Redirects, key: key})
			for verdict := range uint64(4) {
				c.steps = append(c.steps, step{op: op, m: ops.Redirects, key: key, value: verdict, flag: uint32(verdict)})
			}
		}
		c.steps = append(c.steps, step{op: op, m: ops.Redirects, value: 1 << 2}, step{op: op, m: ops.Redirects, value: 1<<40 | 2})
		devices := op == ops.ToDev || op == ops.ToDevHash
		for _, key := range []uint32{0, 1} {
			for _, flags := range []uint64{1 << 3, 1<<3 | 1<<4, 1<<4 | 2} {
				s := step{op: op, m: ops.Redirects, key: key, value: flags}
				if devices {
					s.flag = uint32(flags & 3)
					if flags&(1<<3) != 0 || key == 1 {
						s.flag = 4
					}
				}
				c.steps = append(c.steps, s)
			}
		}
		if devices {
			c.steps = append(c.steps, step{op: op, m: ops.Redirects, key: 1, value: 2, flag: 4})
		}
	}
	for _, op := range []byte{ops.FindDev, ops.FindDevHash} {
		c.steps = append(c.steps,
			step{op: op, m: ops.Redirects},
			step{op: op, m: ops.Redirects, key: 1, flag: 1, result: loopback},
			step{op: op, m: ops.Redirects, key: ops.Entries},
			step{op: op, m: ops.Redirects, key: 1<<32 - 1})
	}
	return append(all, c)
}

func init() { cases = append(cases, elsewhere()...) }

// prepareHost puts in what user space would.
func prepareHost(t *testing.T) {
	t.Helper()
	rextest.SetTasks(t, rextest.Task{PID: 1})
	if err := rextest.SetTarget(ops.Devs, 1, loopback); err != nil {
		t.Fatal(err)
	}
	if err := rextest.SetTarget(ops.DevHash, 1, loopback); err != nil {
		t.Fatal(err)
	}
}

// hostSamples are the samples that a host run has written to an array.
func hostSamples(t *testing.T, array *rex.PerfEventArray[uint64]) (all [][]byte) {
	t.Helper()
	for _, s := range rextest.PerfSamples(t, array) {
		all = append(all, append(binary.LittleEndian.AppendUint64(nil, s.Value), s.Packet...))
	}
	return all
}

// prepareKernel is prepareHost for the kernel; what it returns reads the samples.
func prepareKernel(t *testing.T, ext *loader.Extension) (samples func() [][]byte) {
	t.Helper()
	for _, name := range []string{"Devs", "DevHash"} {
		m, err := ext.Map(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Put(uint32(1), uint32(loopback)); err != nil {
			t.Fatal(err)
		}
	}
	return drain(t, ext, "Samples")
}

// drain returns a function that reads the samples of an array in the kernel.
func drain(t *testing.T, ext *loader.Extension, array string) func() [][]byte {
	t.Helper()
	r, err := loader.OpenSamples[uint64](ext, array)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return func() (all [][]byte) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for s, err := range r.All(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, append(binary.LittleEndian.AppendUint64(nil, s.Value), s.Rest...))
		}
		return all
	}
}

// sameSamples compares samples; the kernel's end with up to seven bytes of any
// value.
func sameSamples(kernel, host [][]byte) bool {
	if len(kernel) != len(host) {
		return false
	}
	for i := range host {
		if !bytes.HasPrefix(kernel[i], host[i]) || len(kernel[i])-len(host[i]) > 7 {
			return false
		}
	}
	return true
}
