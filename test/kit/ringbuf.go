// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/cilium/ebpf/ringbuf"

	"github.com/rex-go/rex/loader"
)

// Drain reads one of an extension's ring buffers empty and returns how many records
// there were.
func Drain(t testing.TB, ext *loader.Extension, name string) (n int) {
	t.Helper()
	r, err := ringbuf.NewReader(Map(t, ext, name))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		r.SetDeadline(time.Now())
		_, err := r.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
}
