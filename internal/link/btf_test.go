// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// allTypes links an object with a program of each type.
func allTypes(t *testing.T) (Input, *Output) {
	t.Helper()
	in := demoInput(t)
	in.Object.Meta.Programs = nil
	for typ, name := range map[abi.ProgramType]string{abi.ProgramXDP: "xdp", abi.ProgramTC: "tc", abi.ProgramKprobe: "kprobe", abi.ProgramTracepoint: "tracepoint", abi.ProgramPerfEvent: "perfevent"} {
		in.Object.Meta.Programs = append(in.Object.Meta.Programs, image.Program{Name: name, Type: typ, Symbol: "demo.Filter"})
	}
	out, err := Link(in)
	if err != nil {
		t.Fatal(err)
	}
	return in, out
}

// TestBTF reads the split BTF with another implementation.
func TestBTF(t *testing.T) {
	in, out := allTypes(t)
	l := parseLinked(t, out.Module)
	base, err := btf.LoadSpecFromReader(bytes.NewReader(rawBTF(t)))
	if err != nil {
		t.Fatal(err)
	}
	spec, err := btf.LoadSplitSpecFromReader(bytes.NewReader(l.data(".BTF")), base)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range in.Object.Meta.Programs {
		var fn *btf.Func
		if err := spec.TypeByName(out.Kfuncs[i], &fn); err != nil {
			t.Fatal(err)
		}
		if id, err := spec.TypeID(fn); err != nil || uint32(id) != out.KfuncIDs[i] {
			t.Errorf("%s has id %d, %v, Output says %d", fn.Name, id, err, out.KfuncIDs[i])
		}
		proto := fn.Type.(*btf.FuncProto)
		if r, ok := proto.Return.(*btf.Int); !ok || r.Name != "unsigned int" {
			t.Errorf("%s returns %v", fn.Name, proto.Return)
		}
		if len(proto.Params) != 1 {
			t.Fatalf("%s has parameters %v", fn.Name, proto.Params)
		}
		target := proto.Params[0].Type.(*btf.Pointer).Target
		want, wantName := "", "ctx__ign"
		switch p.Type {
		case abi.ProgramXDP:
			want, wantName = "xdp_md", "ctx"
		case abi.ProgramTC:
			want, wantName = "__sk_buff", "ctx"
		}
		if proto.Params[0].Name != wantName {
			t.Errorf("%s's parameter is called %s", fn.Name, proto.Params[0].Name)
		}
		if _, void := target.(*btf.Void); target.TypeName() != want || void != (want == "") {
			t.Errorf("%s takes a pointer to %v", fn.Name, target)
		}
	}
}

// TestKfuncSet checks the struct btf_id_set8.
func TestKfuncSet(t *testing.T) {
	_, out := allTypes(t)
	l := parseLinked(t, out.Module)
	s := l.symbol("rex.kfuncs")
	set := l.data(".data.rex")[s.Value:][:s.Size]
	le := binary.LittleEndian
	if n, flags := le.Uint32(set), le.Uint32(set[4:]); n != 5 || flags != 1 || len(set) != 8+8*5 {
		t.Fatalf("cnt %d, flags %#x, %d bytes", n, flags, len(set))
	}
	last := uint32(0)
	for i, want := range out.KfuncIDs {
		id, flags := le.Uint32(set[8+8*i:]), le.Uint32(set[12+8*i:])
		if id != want || flags != 0 || id <= last {
			t.Errorf("entry %d is %d with flags %#x after %d, want %d", i, id, flags, last, want)
		}
		last = id
	}
}

func TestKfuncName(t *testing.T) {
	if a, b := KfuncName("a_b", "c"), KfuncName("a", "b_c"); a == b {
		t.Errorf("two programs share the symbol %s", a)
	}
	for _, c := range KfuncName("ext", "Süß·1") {
		if !strings.ContainsRune("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c) {
			t.Errorf("BTF does not accept %q", c)
		}
	}
}
