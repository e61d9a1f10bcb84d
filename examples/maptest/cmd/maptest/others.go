// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/examples/maptest"
	"github.com/rex-go/rex/loader"
)

// over is a context that is done: what is there is read, and no more.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// readRing reads the ring buffer's records.
func readRing(ext *loader.Extension, _ *ebpf.Map) error {
	var got []maptest.Event
	for e, err := range loader.Records[maptest.Event](over(), ext, "ring") {
		if err != nil {
			return err
		}
		got = append(got, e)
	}
	if want := []maptest.Event{{Number: 1}, {Number: 2}}; !slices.Equal(got, want) {
		return fmt.Errorf("it held %v, not %v", got, want)
	}
	return nil
}

// reader reads the samples; programs can write them from when it is open.
var reader *loader.SampleReader[maptest.Event]

func openSamples(ext *loader.Extension, _ *ebpf.Map) (err error) {
	reader, err = loader.OpenSamples[maptest.Event](ext, "samples")
	return err
}

func readSamples(*loader.Extension, *ebpf.Map) error {
	var got []maptest.Event
	for s, err := range reader.All(over()) {
		if err != nil {
			return err
		}
		got = append(got, s.Value)
	}
	if want := []maptest.Event{{Number: 1}}; !slices.Equal(got, want) {
		return fmt.Errorf("it held %v, not %v", got, want)
	}
	return reader.Close()
}

// putTarget puts a value that packets can be sent to under 0.
func putTarget(value uint32) use {
	return func(_ *loader.Extension, m *ebpf.Map) error { return m.Put(uint32(0), value) }
}

// putSocket puts an AF_XDP socket into a map. The kernel takes it out when it is
// closed, so that it stays open until this command ends.
func putSocket(_ *loader.Extension, m *ebpf.Map) error {
	const afXDP = 44
	s, err := syscall.Socket(afXDP, syscall.SOCK_RAW, 0)
	if err != nil {
		return fmt.Errorf("make AF_XDP socket: %w", err)
	}
	return m.Put(uint32(0), uint32(s))
}

// takeStack has the kprobe program take the stack of this command in getpgid.
func takeStack(ext *loader.Extension, _ *ebpf.Map) error {
	l, err := ext.AttachKprobe("Stack")
	if err != nil {
		return err
	}
	_, err = syscall.Getpgid(0)
	return errors.Join(err, l.Close())
}

// readStack reads that stack.
func readStack(ext *loader.Extension, m *ebpf.Map) error {
	ids, err := ext.Map("stackID")
	if err != nil {
		return err
	}
	var id uint64
	if err := ids.Lookup(uint32(0), &id); err != nil {
		return err
	}
	stack, err := loader.ReadStack(m, uint32(id))
	if err == nil && len(stack) < 2 {
		err = fmt.Errorf("it holds a stack of %d frames", len(stack))
	}
	return err
}
