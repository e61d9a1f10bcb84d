// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/cilium/ebpf/ringbuf"
)

// Records yields the records of a ring buffer, oldest first, until ctx is done
// and those submitted before have been read. Each is a T: the type that the
// program reserves, which holds only numbers, arrays and structs of these, or
// one of the same layout. A record of another size and any other error end the
// sequence; they match ErrNoMap when there is no such map.
func Records[T any](ctx context.Context, e *Extension, name string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var v T
		m, err := e.Map(name)
		if err != nil {
			yield(v, err)
			return
		}
		r, err := ringbuf.NewReader(m)
		if err != nil {
			yield(v, fmt.Errorf("read ring buffer %s: %w", name, err))
			return
		}
		defer r.Close()
		// A reader that is flushed returns what is there first.
		defer context.AfterFunc(ctx, func() { r.Flush() })()
		for {
			rec, err := r.Read()
			if errors.Is(err, ringbuf.ErrFlushed) {
				return
			}
			if err == nil && len(rec.RawSample) != binary.Size(v) {
				err = fmt.Errorf("record has %d bytes, %T has %d", len(rec.RawSample), v, binary.Size(v))
			}
			if err == nil {
				_, err = binary.Decode(rec.RawSample, binary.LittleEndian, &v)
			}
			if err != nil {
				yield(v, fmt.Errorf("read ring buffer %s: %w", name, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}
