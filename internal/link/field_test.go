// SPDX-License-Identifier: Apache-2.0

package link

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/kernel"
)

// fieldBTF is testBTF with struct task, whose member pid lies at an offset in
// bytes, and which has a member extra or not.
func fieldBTF(t *testing.T, pid uint32, extra bool) *kernel.BTF {
	t.Helper()
	u32 := &btf.Int{Name: "unsigned int", Size: 4}
	task := &btf.Struct{Name: "task", Size: 4096, Members: []btf.Member{{Name: "pid", Type: u32, Offset: btf.Bits(pid * 8)}}}
	if extra {
		task.Members = append(task.Members, btf.Member{Name: "extra", Type: u32, Offset: 800})
	}
	b, err := btf.NewBuilder([]btf.Type{
		task,
		&btf.Struct{Name: "outer", Size: 24, Members: []btf.Member{
			{Name: "hi", Type: u32},
			{Name: "in", Type: &btf.Struct{Name: "inner", Size: 4, Members: []btf.Member{{Name: "y", Type: u32}}}, Offset: 32},
		}},
		&btf.Struct{Name: "xdp_md", Size: 4, Members: []btf.Member{{Name: "data", Type: u32}}},
		&btf.Struct{Name: "__sk_buff", Size: 4, Members: []btf.Member{{Name: "len", Type: u32}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.Marshal(nil, &btf.MarshalOptions{Order: binary.LittleEndian})
	if err != nil {
		t.Fatal(err)
	}
	k, err := kernel.ParseBTF(raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// fields links an object that refers to symbols of struct task and returns
// their values.
func fields(t *testing.T, k *kernel.BTF, symbols ...string) (values []uint32, err error) {
	t.Helper()
	in := demoInput(t)
	a := demo()
	end := a.fn("demo.Fields")
	var at []int
	for _, s := range symbols {
		a.bytes(0xb8) // mov $value,%eax
		at = append(at, len(a.text.Data))
		a.rel(elf.R_X86_64_32, s, 0)
	}
	a.ret()
	end()
	in.Object, in.BTF = a.obj, k
	out, err := Link(in)
	if err != nil {
		return nil, err
	}
	l := parseLinked(t, out.Module)
	text := l.data(".kprobes.text")
	for _, off := range at {
		values = append(values, binary.LittleEndian.Uint32(text[off:]))
	}
	return values, nil
}

// TestFieldsMove: one object, kernels whose structs differ.
func TestFieldsMove(t *testing.T) {
	pid, has, extra := abi.FieldSymbol("task", "pid"), abi.HasSymbol("task", "extra"), abi.FieldSymbol("task", "extra")
	for _, c := range []struct {
		pid   uint32
		extra bool
		want  [3]uint32
	}{
		{8, true, [3]uint32{8, abi.HasField, 100}},
		{2492, true, [3]uint32{2492, abi.HasField, 100}},
		{8, false, [3]uint32{8, abi.NoField, abi.FieldMissing}},
	} {
		got, err := fields(t, fieldBTF(t, c.pid, c.extra), pid, has, extra)
		if err != nil {
			t.Fatal(err)
		}
		if [3]uint32(got) != c.want {
			t.Errorf("pid at %d, extra %v: %d (expected %d)", c.pid, c.extra, got, c.want)
		}
	}
}

// TestFieldMissing: a member that the object does not ask for must exist.
func TestFieldMissing(t *testing.T) {
	k := fieldBTF(t, 8, false)
	_, err := fields(t, k, abi.HasSymbol("task", "pid"), abi.FieldSymbol("task", "extra"))
	var field *kernel.FieldError
	if !errors.Is(err, kernel.ErrNoField) || !errors.As(err, &field) || field.Struct != "task" || field.Field != "extra" {
		t.Errorf("missing member: %v", err)
	}
	if _, err := fields(t, k, abi.FieldSymbol("nothing", "x")); !errors.Is(err, kernel.ErrNoType) {
		t.Errorf("missing struct: %v", err)
	}
	// Asking for a member of a struct that is not there.
	if got, err := fields(t, k, abi.HasSymbol("nothing", "x"), abi.FieldSymbol("nothing", "x")); err != nil || got[0] != abi.NoField {
		t.Errorf("asked for: %d, %v", got, err)
	}
}
