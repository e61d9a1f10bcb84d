// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/loader"
)

// kernelExt is the extension that programs run in; nil on the host. Tests that
// load one do not run in parallel.
var kernelExt *loader.Extension

func inKernel() bool { return kernelExt != nil }

// loadInKernel loads the extension until the test ends.
func loadInKernel(t *testing.T, object string) {
	t.Helper()
	obj, err := loader.Open(object)
	if err != nil {
		t.Fatal(err)
	}
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	kernelExt = ext
	t.Cleanup(func() {
		kernelExt = nil
		if err := ext.Close(); err != nil {
			t.Errorf("unload: %+v", err)
		}
	})
}

// programName is the name of a program by the function.
func programName(prog any) string {
	base := path.Base(runtime.FuncForPC(reflect.ValueOf(prog).Pointer()).Name())
	return base[strings.LastIndexByte(base, '.')+1:]
}

// kernelPanic is the panic of a program.
type kernelPanic string

func (p kernelPanic) Error() string { return string(p) }

// runInKernel runs a program on a packet.
func runInKernel(t testing.TB, prog any, cpu uint32, pkt []byte) (verdict uint32, out []byte) {
	t.Helper()
	name := programName(prog)
	copyMaps(t, toKernel)
	res, err := testRun(name, cpu, pkt)
	if err != nil {
		t.Fatalf("run %s in the kernel: %v", name, err)
	}
	copyMaps(t, fromKernel)
	events, err := kernelExt.Pending()
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range events {
		switch ev.Kind {
		case loader.EventLog:
			sim.Log(uint32(ev.LogLevel), ev.Message)
		case loader.EventPanic, loader.EventTimeout, loader.EventStackOverflow:
			// The extension may have been stopped.
			_ = kernelExt.Resume()
			panic(kernelPanic(strings.TrimPrefix(ev.Message, "panic: ")))
		}
	}
	return res.Verdict, res.Packet
}

// testRun is Extension.TestRun on one CPU.
func testRun(name string, cpu uint32, pkt []byte) (loader.TestResult, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	restore, err := pin(cpu)
	if err != nil {
		return loader.TestResult{}, fmt.Errorf("run on cpu %d: %w", cpu, err)
	}
	defer restore()
	return kernelExt.TestRun(name, pkt)
}

type direction bool

const (
	toKernel   direction = true
	fromKernel direction = false
)

// copyMaps copies every map that both sides have.
func copyMaps(t testing.TB, to direction) {
	t.Helper()
	for _, meta := range kernelExt.Object().Maps() {
		m, err := kernelExt.Map(meta.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, mirror := range sim.Mirrors() {
			if mirror.Kind != meta.Kind || !samePlace(mirror, meta.Pos) {
				continue
			}
			if to {
				err = push(m, mirror)
			} else {
				err = pull(m, mirror)
			}
			if err != nil {
				t.Fatalf("copy map %s: %v", meta.Name, err)
			}
		}
	}
}

// samePlace compares where a map is declared: an object has the file's name
// relative to its Go module.
func samePlace(m *sim.Mirror, pos string) bool {
	have := fmt.Sprintf("%s:%d", m.File, m.Line)
	return have == pos || strings.HasSuffix(have, "/"+pos)
}

func push(m *ebpf.Map, mirror *sim.Mirror) error {
	entries := mirror.Dump()
	if !isArray(m) {
		old, err := dump(m)
		if err != nil {
			return err
		}
		for k := range old {
			if _, ok := entries[k]; !ok {
				if err := m.Delete([]byte(k)); err != nil {
					return err
				}
			}
		}
	}
	for k, values := range entries {
		var err error
		if perCPU(m) {
			n, cerr := ebpf.PossibleCPU()
			if cerr != nil {
				return cerr
			}
			for len(values) < n {
				values = append(values, make([]byte, len(values[0])))
			}
			err = m.Put([]byte(k), values[:n])
		} else {
			err = m.Put([]byte(k), values[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func pull(m *ebpf.Map, mirror *sim.Mirror) error {
	entries, err := dump(m)
	if err != nil {
		return err
	}
	mirror.Load(entries)
	return nil
}

// dump reads all entries.
func dump(m *ebpf.Map) (map[string][][]byte, error) {
	out := map[string][][]byte{}
	it := m.Iterate()
	var key []byte
	if perCPU(m) {
		var values [][]byte
		for it.Next(&key, &values) {
			var vs [][]byte
			for _, v := range values {
				vs = append(vs, append([]byte(nil), v...))
			}
			out[string(key)] = vs
		}
		return out, it.Err()
	}
	var value []byte
	for it.Next(&key, &value) {
		out[string(key)] = [][]byte{append([]byte(nil), value...)}
	}
	return out, it.Err()
}

func isArray(m *ebpf.Map) bool { return m.Type() == ebpf.Array || m.Type() == ebpf.PerCPUArray }

func perCPU(m *ebpf.Map) bool {
	switch m.Type() {
	case ebpf.PerCPUArray, ebpf.PerCPUHash, ebpf.LRUCPUHash:
		return true
	}
	return false
}
