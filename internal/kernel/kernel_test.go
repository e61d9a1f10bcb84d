// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cilium/ebpf/btf"
)

// sample returns raw BTF of a small kernel.
func sample(t testing.TB) []byte {
	t.Helper()
	u32 := &btf.Int{Name: "unsigned int", Size: 4}
	inner := &btf.Struct{Name: "inner", Size: 8, Members: []btf.Member{
		{Name: "x", Type: u32}, {Name: "y", Type: u32, Offset: 32},
	}}
	anonStruct := &btf.Struct{Size: 8, Members: []btf.Member{
		{Name: "lo", Type: u32}, {Name: "hi", Type: u32, Offset: 32},
	}}
	anonUnion := &btf.Union{Size: 8, Members: []btf.Member{
		{Name: "both", Type: &btf.Int{Name: "long", Size: 8}}, {Type: anonStruct},
	}}
	outer := &btf.Struct{Name: "outer", Size: 40, Members: []btf.Member{
		{Name: "first", Type: u32},
		{Type: anonUnion, Offset: 64},
		{Name: "in", Type: &btf.Const{Type: &btf.Typedef{Name: "inner_t", Type: inner}}, Offset: 128},
		{Name: "ptr", Type: &btf.Pointer{Target: inner}, Offset: 192},
		{Name: "bits", Type: u32, Offset: 259, BitfieldSize: 3},
	}}
	twinA := &btf.Struct{Name: "twin", Size: 8, Members: []btf.Member{{Name: "a", Type: u32}, {Name: "b", Type: u32, Offset: 32}}}
	twinB := &btf.Struct{Name: "twin", Size: 8, Members: []btf.Member{{Name: "a", Type: u32}, {Name: "pad", Type: u32, Offset: 32}, {Name: "b", Type: u32, Offset: 64}}}
	b, err := btf.NewBuilder([]btf.Type{outer, inner, twinA, twinB}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.Marshal(nil, &btf.MarshalOptions{Order: binary.LittleEndian})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestFieldOffset(t *testing.T) {
	b, err := ParseBTF(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, field string
		want        uint32
		is          error
		text        string
	}{
		{"outer", "first", 0, nil, ""},
		{"outer", "both", 8, nil, ""},
		{"outer", "hi", 12, nil, ""},
		{"outer", "in.y", 20, nil, ""},
		{"outer", "ptr", 24, nil, ""},
		{"twin", "a", 0, nil, ""},
		{"outer", "none", 0, ErrNoField, `look up struct outer.none in kernel BTF: no such member "none"`},
		{"outer", "in.none", 0, ErrNoField, `no such member "none"`},
		{"outer", "ptr.x", 0, ErrNoField, `ptr is not a struct or union`},
		{"outer", "", 0, ErrNoField, ""},
		{"outer", "bits", 0, nil, `member "bits" is a bit field`},
		{"twin", "b", 0, nil, "several structs"},
		{"none", "x", 0, ErrNoType, "look up struct none.x in kernel BTF: no such kernel type"},
		{"unsigned int", "x", 0, ErrNoType, ""},
	} {
		for range 2 { // the second answer comes from the cache
			got, err := b.FieldOffset(c.name, c.field)
			if c.is == nil && c.text == "" {
				if err != nil || got != c.want {
					t.Errorf("%s.%s: got %d, %v, want %d", c.name, c.field, got, err, c.want)
				}
				continue
			}
			var fe *FieldError
			if !errors.As(err, &fe) || fe.Struct != c.name || fe.Field != c.field {
				t.Errorf("%s.%s: got %v, want a FieldError naming it", c.name, c.field, err)
				continue
			}
			if c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s.%s: got %v, want %v %q", c.name, c.field, err, c.is, c.text)
			}
		}
	}
}

func TestBTFIDs(t *testing.T) {
	raw := sample(t)
	b, err := ParseBTF(raw)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	// Counted independently: cilium refuses ids beyond the last.
	if _, err := spec.TypeByID(btf.TypeID(b.NumTypes() - 1)); err != nil {
		t.Errorf("last type %d: %v", b.NumTypes()-1, err)
	}
	if _, err := spec.TypeByID(btf.TypeID(b.NumTypes())); err == nil {
		t.Errorf("type %d exists, so NumTypes is too small", b.NumTypes())
	}
	if want := binary.LittleEndian.Uint32(raw[20:]); b.StringsLen() != want {
		t.Errorf("StringsLen = %d, want %d", b.StringsLen(), want)
	}
	id, err := b.StructID("inner")
	if err != nil {
		t.Fatal(err)
	}
	if ty, err := spec.TypeByID(btf.TypeID(id)); err != nil || ty.TypeName() != "inner" {
		t.Errorf("type %d is %v, %v", id, ty, err)
	}
	if _, err := b.IntID("unsigned int"); err != nil {
		t.Error(err)
	}
	if _, err := b.StructID("inner_t"); !errors.Is(err, ErrNoType) {
		t.Errorf("typedef taken for a struct: %v", err)
	}
}

func TestReadBTF(t *testing.T) {
	dir := t.TempDir()
	raw := sample(t)
	name := filepath.Join(dir, "raw")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadBTF(name); err != nil {
		t.Error(err)
	}
	for i := range raw {
		if _, err := ParseBTF(raw[:i]); err == nil {
			t.Errorf("BTF cut to %d of %d bytes was accepted", i, len(raw))
		}
	}
	self, err := os.Executable() // an ELF file without BTF
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadBTF(self); !errors.Is(err, ErrNoBTF) {
		t.Errorf("ELF without .BTF: %v", err)
	}
	if _, err := ReadBTF(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestRelease(t *testing.T) {
	r, err := Release()
	if err != nil || r == "" || strings.ContainsRune(r, 0) {
		t.Errorf("Release() = %q, %v", r, err)
	}
	want, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err == nil && strings.TrimSpace(string(want)) != r {
		t.Errorf("Release() = %q, /proc says %q", r, want)
	}
}

func TestCheckLoad(t *testing.T) {
	good := map[string]string{
		"sys/module/rex/initstate":                   "live\n",
		"sys/kernel/btf/rex":                         "x",
		"proc/sys/kernel/modules_disabled":           "0\n",
		"proc/sys/net/core/bpf_jit_enable":           "1\n",
		"sys/kernel/security/lockdown":               "[none] integrity confidentiality\n",
		"sys/module/module/parameters/sig_enforce":   "N\n",
		"sys/module/other/parameters/something_else": "1\n",
	}
	const all = ^uint64(0)
	for _, c := range []struct {
		what   string
		set    map[string]string
		caps   uint64
		signed bool
		want   error
		text   string
	}{
		{"fine", nil, all, false, nil, ""},
		{"old kernel without the files", map[string]string{"sys/kernel/security/lockdown": "", "proc/sys/kernel/modules_disabled": ""}, all, false, nil, ""},
		{"user", nil, 0, false, ErrNotRoot, "missing CAP_SYS_MODULE, CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_PERFMON, CAP_BPF (run as root)"},
		{"one capability short", nil, all &^ (1 << 39), false, ErrNotRoot, "missing CAP_BPF ("},
		{"no rex", map[string]string{"sys/module/rex/initstate": ""}, all, false, ErrNoRex, "rex module build"},
		{"rex going", map[string]string{"sys/module/rex/initstate": "going\n"}, all, false, ErrNoRex, ""},
		{"no BTF", map[string]string{"sys/kernel/btf/rex": ""}, all, false, ErrNoRexBTF, "pahole"},
		{"modules off", map[string]string{"proc/sys/kernel/modules_disabled": "1\n"}, all, true, ErrModulesOff, ""},
		{"lockdown", map[string]string{"sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, all, false, ErrLockdown, "mode integrity"},
		{"lockdown, signed", map[string]string{"sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, all, true, nil, ""},
		{"signatures", map[string]string{"sys/module/module/parameters/sig_enforce": "Y\n"}, all, false, ErrSigEnforced, ""},
		{"signatures, signed", map[string]string{"sys/module/module/parameters/sig_enforce": "Y\n"}, all, true, nil, ""},
		{"interpreter", map[string]string{"proc/sys/net/core/bpf_jit_enable": "0\n"}, all, false, ErrBPFJITOff, "bpf_jit_enable=1"},
	} {
		fsys := fstest.MapFS{}
		for _, m := range []map[string]string{good, c.set} {
			for k, v := range m {
				fsys[k] = &fstest.MapFile{Data: []byte(v)}
				if v == "" {
					delete(fsys, k)
				}
			}
		}
		h := Host{FS: fsys, Caps: func() (uint64, error) { return c.caps, nil }}
		err := h.CheckLoad(c.signed)
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want %v %q", c.what, err, c.want, c.text)
		}
	}
}

func FuzzParseBTF(f *testing.F) {
	raw := sample(f)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := ParseBTF(raw)
		if err != nil {
			return
		}
		b.FieldOffset("outer", "in.y")
		b.FieldOffset("outer", "hi")
		b.StructID("inner")
	})
}
