// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/image"
)

// account has what package encoding/binary does not take: a lock, padding, blank
// and unexported fields.
type account struct {
	lock  rex.SpinLock
	n     uint64
	_     uint8
	Owner [3]uint8
	Open  bool
}

// TestTableTypes: a table is opened only with types that have the map's layout.
func TestTableTypes(t *testing.T) {
	meta := image.Map{Name: "m", Kind: "Hash", Type: uint32(ebpf.Hash), KeySize: 4, ValueSize: 24}
	line := meta
	line.Kind, line.Type, line.KeySize = "Queue", uint32(ebpf.Queue), 0
	for _, c := range []struct {
		name       string
		meta       image.Map
		key, value reflect.Type
		want       string
	}{
		{"right", meta, reflect.TypeFor[uint32](), reflect.TypeFor[account](), ""},
		{"another key", meta, reflect.TypeFor[uint64](), reflect.TypeFor[account](),
			"wrong map type: key uint64 has 8 bytes, the map's has 4 (use the extension's own type)"},
		{"another value", meta, reflect.TypeFor[[4]byte](), reflect.TypeFor[[23]byte](),
			"wrong map type: value [23]uint8 has 23 bytes, the map's has 24 (use the extension's own type)"},
		{"reference", meta, reflect.TypeFor[uint32](), reflect.TypeFor[struct {
			N [1]uint64
			S string
		}](), "wrong map type: value struct { N [1]uint64; S string } holds a reference: string"},
		{"pointer", meta, reflect.TypeFor[uint32](), reflect.TypeFor[[3]*int](), "wrong map type: value [3]*int holds a reference: *int"},
		{"queue", line, reflect.TypeFor[[0]byte](), reflect.TypeFor[account](), "wrong map type: a Queue has no keys with values"},
	} {
		err := checkTypes(c.meta, c.key, c.value)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want || !errors.Is(err, ErrMapType)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestTableBytes: a value is the bytes that the extension has for it.
func TestTableBytes(t *testing.T) {
	raw := []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 0, 0, 0, 0, 0, 0, 0xff, 7, 8, 9, 1, 0xff, 0xff, 0xff}
	vs := valuesOf[account]([][]byte{raw, make([]byte, len(raw))})
	if v := &vs[0]; v.n != 513 || v.Owner != [3]uint8{7, 8, 9} || !v.Open {
		t.Errorf("n %d, owner %v, open %v", v.n, v.Owner, v.Open)
	}
	if !bytes.Equal(bytesOf(&vs[0]), raw) || vs[1].n != 0 || vs[1].Open {
		t.Errorf("% x", bytesOf(&vs[0]))
	}
}
