// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"

	"github.com/rex-go/rex/internal/sim"
)

// Maps without keys: the mirror numbers their values in big-endian order.

// values returns a mirror's values, first to last.
func values(mirror *sim.Mirror) (all [][]byte) {
	entries := mirror.Dump()
	for i := range len(entries) {
		all = append(all, entries[sim.Position(i)][0])
	}
	return all
}

// load gives a mirror values.
func load(mirror *sim.Mirror, all [][]byte) {
	entries := map[string][][]byte{}
	for i, v := range all {
		entries[sim.Position(i)] = [][]byte{v}
	}
	mirror.Load(entries)
}

// drain takes out all values of a queue or stack, oldest first.
func drain(m *ebpf.Map) (all [][]byte, err error) {
	for {
		v := make([]byte, m.ValueSize())
		err := m.LookupAndDelete(nil, &v)
		if errors.Is(err, ebpf.ErrKeyNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	if m.Type() == ebpf.Stack {
		slices.Reverse(all)
	}
	return all, nil
}

func pushLine(m *ebpf.Map, mirror *sim.Mirror) error {
	if _, err := drain(m); err != nil {
		return err
	}
	return pushElements(m, mirror)
}

func pushElements(m *ebpf.Map, mirror *sim.Mirror) error {
	for _, v := range values(mirror) {
		if err := m.Put(nil, v); err != nil {
			return err
		}
	}
	return nil
}

func pullLine(m *ebpf.Map, mirror *sim.Mirror) error {
	all, err := drain(m)
	if err == nil {
		load(mirror, all)
	}
	return err
}

// pullRecords adds a ring buffer's records to the mirror's.
func pullRecords(m *ebpf.Map, mirror *sim.Mirror) error {
	r, err := ringbuf.NewReader(m)
	if err != nil {
		return err
	}
	defer r.Close()
	var all [][]byte
	for {
		// All that there will be is there.
		r.SetDeadline(time.Now())
		rec, err := r.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			return err
		}
		all = append(all, rec.RawSample)
	}
	load(mirror, all)
	return nil
}

// ptRegs is a program's registers as the kernel has them.
func ptRegs(regs any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, regs)
	if err != nil {
		panic(err) // a struct of integers
	}
	return b
}
