// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
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
	kernelExt, kernelTargets = ext, map[string]map[string]string{}
	if err := openSamples(ext); err != nil {
		t.Error(err)
	}
	t.Cleanup(func() {
		kernelExt, pretended, lastRun = nil, "", nil
		if err := closeSamples(); err != nil {
			t.Errorf("close perf event arrays: %v", err)
		}
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

// inKernelRun calls run, which runs a program in the kernel, with the maps
// copied there and back, on a CPU.
func inKernelRun(t testing.TB, prog any, cpu uint32, run func(name string) (loader.TestResult, error)) loader.TestResult {
	t.Helper()
	lastRun = t
	if pretended != "" {
		simulated(t, pretended)
	}
	name := programName(prog)
	copyMaps(t, toKernel)
	res, err := pinned(cpu, func() (loader.TestResult, error) { return run(name) })
	if err != nil {
		t.Fatalf("run %s in the kernel: %+v", name, err)
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
	return res
}

// pinned calls f on one CPU.
func pinned(cpu uint32, f func() (loader.TestResult, error)) (loader.TestResult, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	restore, err := pin(cpu)
	if err != nil {
		return loader.TestResult{}, fmt.Errorf("run on cpu %d: %w", cpu, err)
	}
	defer restore()
	return f()
}

type direction = bool

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
			switch kind := m.Type(); {
			case kind == ebpf.RingBuf:
				if !to {
					err = pullRecords(m, mirror)
				}
			case kind == ebpf.Queue || kind == ebpf.Stack:
				if to {
					err = pushLine(m, mirror)
				} else {
					err = pullLine(m, mirror)
				}
			case kind == ebpf.BloomFilter:
				if to {
					err = pushElements(m, mirror)
				}
			case kind == ebpf.PerfEventArray:
				if !to {
					err = pullSamples(meta.Name, mirror)
				}
			case kind == ebpf.StackTrace:
				if to {
					err = pushStacks(m, mirror)
				} else {
					err = pullStacks(m, mirror)
				}
			case kind == ebpf.DevMap || kind == ebpf.DevMapHash || kind == ebpf.CPUMap || kind == ebpf.XSKMap:
				if to {
					err = pushTargets(t, meta.Name, m, mirror)
				}
			case to:
				err = push(m, mirror)
			default:
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
				if err := m.Delete(kernelKey(m, k)); err != nil {
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
			err = m.Put(kernelKey(m, k), values[:n])
		} else {
			err = m.Put(kernelKey(m, k), values[0])
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
			out[mirrorKey(m, key)] = vs
		}
		return out, it.Err()
	}
	var value []byte
	for it.Next(&key, &value) {
		out[mirrorKey(m, key)] = [][]byte{append([]byte(nil), value...)}
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

// A trie's key in the mirror ends with the prefix; the rest is zero.
func kernelKey(m *ebpf.Map, k string) []byte {
	return append([]byte(k), make([]byte, int(m.KeySize())-len(k))...)
}

func mirrorKey(m *ebpf.Map, key []byte) string {
	if m.Type() != ebpf.LPMTrie {
		return string(key)
	}
	const head = 4
	bits := int(binary.LittleEndian.Uint32(key))
	k := append([]byte(nil), key[:head+(bits+7)/8]...)
	if rest := bits % 8; rest != 0 {
		k[len(k)-1] &^= 0xff >> rest
	}
	return string(k)
}
