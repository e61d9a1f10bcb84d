// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"

	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/loader"
)

// Maps that lead elsewhere: to readers of samples, to stacks, to interfaces, CPUs
// and sockets.

// samplesPerCPU is the room for the samples of a run, in bytes.
const samplesPerCPU = 256 << 10

// kernelSamples are readers of the perf event arrays by the maps' names: programs
// can write only while there is one.
var kernelSamples map[string]*perf.Reader

func openSamples(ext *loader.Extension) error {
	kernelSamples = map[string]*perf.Reader{}
	for _, meta := range ext.Object().Maps() {
		if meta.Kind != "PerfEventArray" {
			continue
		}
		m, err := ext.Map(meta.Name)
		if err != nil {
			return err
		}
		r, err := perf.NewReader(m, samplesPerCPU)
		if err != nil {
			return fmt.Errorf("read perf event array %s: %w", meta.Name, err)
		}
		kernelSamples[meta.Name] = r
	}
	return nil
}

func closeSamples() (err error) {
	for _, r := range kernelSamples {
		err = errors.Join(err, r.Close())
	}
	kernelSamples = nil
	return err
}

// pullSamples adds the samples that are there to the mirror's.
func pullSamples(name string, mirror *sim.Mirror) error {
	r := kernelSamples[name]
	if err := r.Flush(); err != nil {
		return err
	}
	entries := map[string][][]byte{}
	for {
		rec, err := r.Read()
		if errors.Is(err, perf.ErrFlushed) {
			mirror.Load(entries)
			return nil
		}
		if err != nil {
			return err
		}
		if rec.LostSamples > 0 {
			return fmt.Errorf("%d samples did not fit %d bytes", rec.LostSamples, samplesPerCPU)
		}
		cpu := binary.LittleEndian.AppendUint32(nil, uint32(rec.CPU))
		entries[sim.Position(len(entries))] = [][]byte{cpu, rec.RawSample}
	}
}

// pushStacks removes the stacks that the mirror does not have, after a Reset; user
// space cannot add any.
func pushStacks(m *ebpf.Map, mirror *sim.Mirror) error {
	ids, err := stackIDs(m)
	if err != nil {
		return err
	}
	keep := mirror.Dump()
	for _, id := range ids {
		if _, ok := keep[string(id)]; ok {
			continue
		}
		if err := m.Delete(id); err != nil {
			return err
		}
	}
	return nil
}

func pullStacks(m *ebpf.Map, mirror *sim.Mirror) error {
	ids, err := stackIDs(m)
	if err != nil {
		return err
	}
	entries := map[string][][]byte{}
	for _, id := range ids {
		stack, err := loader.ReadStack(m, binary.LittleEndian.Uint32(id))
		if err != nil {
			return err
		}
		var b []byte
		for _, addr := range stack {
			b = binary.LittleEndian.AppendUint64(b, addr)
		}
		entries[string(id)] = [][]byte{b}
	}
	mirror.Load(entries)
	return nil
}

func stackIDs(m *ebpf.Map) (ids [][]byte, err error) {
	var id []byte
	for {
		var from any // the first
		if id != nil {
			from = id
		}
		if id, err = m.NextKeyBytes(from); err != nil || id == nil {
			return ids, err
		}
		ids = append(ids, id)
	}
}

// kernelTargets are the entries that maps of targets were given, by the maps' names.
var kernelTargets map[string]map[string]string

// pushTargets gives a map the mirror's entries. What the kernel refuses, because there
// is no such interface, CPU or socket, skips the test.
func pushTargets(t testing.TB, name string, m *ebpf.Map, mirror *sim.Mirror) error {
	t.Helper()
	have := kernelTargets[name]
	if have == nil {
		have = map[string]string{}
		kernelTargets[name] = have
	}
	want := mirror.Dump()
	for key := range have {
		if _, ok := want[key]; ok {
			continue
		}
		if err := m.Delete([]byte(key)); err != nil {
			return err
		}
		delete(have, key)
	}
	for key, values := range want {
		value := string(values[0])
		if have[key] == value {
			continue
		}
		if err := m.Put([]byte(key), values[0]); err != nil {
			simulated(t, fmt.Sprintf("SetTarget(%s, %d, %d), which the kernel refuses for a %s (%v)", name,
				binary.LittleEndian.Uint32([]byte(key)), binary.LittleEndian.Uint32(values[0]), mirror.Kind, err))
		}
		have[key] = value
	}
	return nil
}
