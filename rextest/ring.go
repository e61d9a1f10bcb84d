// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// Records reads a ring buffer as user space does: it returns the records that
// were submitted since it was last read, oldest first, and makes room.
func Records(m *rex.RingBuf) [][]byte {
	r, ok := sim.Rings.Load(m)
	if !ok {
		return nil
	}
	return r.(*sim.Ring).Read()
}

// Wakeups returns how often programs have woken up a ring buffer's reader since
// the last call.
func Wakeups(m *rex.RingBuf) int {
	r, ok := sim.Rings.Load(m)
	if !ok {
		return 0
	}
	return r.(*sim.Ring).Wakeups()
}

// RecordsOf is Records for records that all are a T, without blank fields.
func RecordsOf[T any](t testing.TB, m *rex.RingBuf) []T {
	t.Helper()
	var all []T
	for _, raw := range Records(m) {
		var v T
		if n := binary.Size(v); n != len(raw) {
			t.Fatalf("record has %d bytes, a %T has %d", len(raw), v, n)
		}
		if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}
