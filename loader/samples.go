// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/cilium/ebpf/perf"
)

// perCPUBuffer is the size in bytes of the buffer of samples of each CPU.
const perCPUBuffer = 64 << 10

// Sample is one sample of a perf event array.
type Sample[T any] struct {
	CPU   int
	Value T
	// Rest is what stands behind Value: bytes of a packet and up to seven bytes
	// of any value.
	Rest []byte
	// Lost is how many samples of the CPU were lost before this one because the
	// reader was too slow.
	Lost uint64
}

// SampleReader reads a perf event array: programs can write to it from OpenSamples
// until Close.
type SampleReader[T any] struct {
	name string
	r    *perf.Reader
}

// OpenSamples opens a perf event array for reading, which one reader at a time can
// do. T is the type that the program writes, which holds only numbers, arrays and
// structs of these, or one of the same layout. The error matches ErrNoMap when there
// is no such map.
func OpenSamples[T any](e *Extension, name string) (*SampleReader[T], error) {
	m, err := e.Map(name)
	if err != nil {
		return nil, err
	}
	r, err := perf.NewReader(m, perCPUBuffer)
	if err != nil {
		return nil, fmt.Errorf("read perf event array %s: %w", name, err)
	}
	return &SampleReader[T]{name: name, r: r}, nil
}

// All yields the samples, those of one CPU in order, until ctx is done and those
// that were there have been read. An error ends the sequence. A later loop goes on
// where the last one stopped.
func (r *SampleReader[T]) All(ctx context.Context) iter.Seq2[Sample[T], error] {
	return func(yield func(Sample[T], error) bool) {
		// A reader that is flushed returns what is there first.
		defer context.AfterFunc(ctx, func() { r.r.Flush() })()
		lost := map[int]uint64{}
		for {
			rec, err := r.r.Read()
			if errors.Is(err, perf.ErrFlushed) {
				return
			}
			if err == nil && rec.LostSamples > 0 {
				lost[rec.CPU] += rec.LostSamples
				continue
			}
			s := Sample[T]{CPU: rec.CPU, Lost: lost[rec.CPU]}
			delete(lost, rec.CPU)
			n := 0
			if err == nil {
				n, err = binary.Decode(rec.RawSample, binary.LittleEndian, &s.Value)
			}
			if err != nil {
				yield(s, fmt.Errorf("read perf event array %s: %w", r.name, err))
				return
			}
			s.Rest = rec.RawSample[n:]
			if !yield(s, nil) {
				return
			}
		}
	}
}

// Close frees the buffers.
func (r *SampleReader[T]) Close() error { return r.r.Close() }
