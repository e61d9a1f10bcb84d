// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"debug/elf"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/link"
)

// fakeModule is the part of a kernel module's file that identifies it.
func fakeModule(t *testing.T, modinfo, buildID string) []byte {
	t.Helper()
	o := &image.Object{}
	add := func(name string, typ elf.SectionType, data string) {
		o.Sections = append(o.Sections, &image.Section{Name: name, Type: typ, Flags: elf.SHF_ALLOC, Align: 1, Size: uint64(len(data)), Data: []byte(data)})
	}
	add(".modinfo", elf.SHT_PROGBITS, modinfo)
	if buildID != "" {
		add(".note.gnu.build-id", elf.SHT_NOTE, buildID)
	}
	raw, err := o.ELF()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestRexKOMatches(t *testing.T) {
	const info = "license=GPL\x00name=rex\x00srcversion=AAAA\x00vermagic=6.12.1 SMP\x00"
	loaded, err := loadedModule(fstest.MapFS{
		"notes/.note.gnu.build-id": {Data: []byte("id-1")},
		"srcversion":               {Data: []byte("AAAA\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		id   identity
		raw  []byte
		want string // part of the error
	}{
		{"same build", loaded, fakeModule(t, info, "id-1"), ""},
		{"other build", loaded, fakeModule(t, info, "id-2"), "another build"},
		{"no build id, same sources", loaded, fakeModule(t, info, ""), ""},
		{"no build id, other sources", loaded, fakeModule(t, strings.Replace(info, "AAAA", "BBBB", 1), ""), "another build"},
		{"nothing known", identity{}, fakeModule(t, info, "id-2"), ""},
		{"other kernel", loaded, fakeModule(t, strings.Replace(info, "6.12.1", "6.12.2", 1), "id-1"), "built for 6.12.2, this kernel is 6.12.1"},
		{"other module", loaded, fakeModule(t, strings.Replace(info, "name=rex", "name=veth", 1), "id-1"), "not a kernel module named rex"},
		{"not a module", loaded, []byte("#!/bin/sh\n"), "not a kernel module"},
		{"empty", loaded, nil, "not a kernel module"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.id.matches(tt.raw, "6.12.1")
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
	if err := loaded.matches(fakeModule(t, strings.Replace(info, "6.12.1", "5.0", 1), ""), "6.12.1"); !errors.Is(err, ErrKernel) || !errors.Is(err, link.ErrKernel) {
		t.Errorf("other kernel: %v is not ErrKernel", err)
	}
}

func TestLoadedModuleWithoutIdentity(t *testing.T) {
	id, err := loadedModule(fstest.MapFS{})
	if err != nil || id.buildID != nil || id.srcversion != "" {
		t.Errorf("got %+v, %v", id, err)
	}
}

func TestExplicitRexKOMissing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "rex.ko")
	if _, err := rexKO(missing); !errors.Is(err, ErrRexKO) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("option: %v", err)
	}
	t.Setenv(EnvRexKO, missing)
	if _, err := rexKO(""); !errors.Is(err, ErrRexKO) || !strings.Contains(err.Error(), missing) {
		t.Errorf("environment: %v", err)
	}
}

func attr(typ uint16, v []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(v)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, v...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func TestXDPAttrs(t *testing.T) {
	id := binary.NativeEndian.AppendUint32(nil, 77)
	nested := append(attr(2, []byte{1}), attr(iflaXDPProgID, id)...)
	msg := append(attr(3, []byte("veth0\x00")), attr(iflaXDP|1<<15, nested)...)
	if got := xdpAttrs(msg); got != 77 {
		t.Errorf("got %d", got)
	}
	for n := range msg {
		xdpAttrs(msg[:n]) // must not panic
	}
}

func TestHookTakenError(t *testing.T) {
	err := error(&HookTakenError{Hook: "xdp hook of veth0", Program: 12, Name: "Filter", Link: 3, Err: syscall.EBUSY})
	if !errors.Is(err, ErrHookTaken) || !errors.Is(err, syscall.EBUSY) {
		t.Error("does not match its sentinels")
	}
	if want := `xdp hook of veth0: hook already taken by BPF program 12 "Filter" through link 3 (bpftool link detach id 3 removes it)`; err.Error() != want {
		t.Errorf("got %q", err)
	}
	err = &HookTakenError{Hook: "xdp hook of veth0", Program: 12}
	if !strings.Contains(err.Error(), "ip link set") {
		t.Errorf("got %q", err)
	}
}

func TestMapSpec(t *testing.T) {
	s := mapSpec(image.Map{Name: "connections_per_host", Type: 1, KeySize: 4, ValueSize: 8, MaxEntries: 16, Flags: 1})
	if s.Name != "connections_per" || s.Type != ebpf.Hash || s.KeySize != 4 || s.ValueSize != 8 || s.MaxEntries != 16 || s.Flags != 1 {
		t.Errorf("got %+v", s)
	}
}

func TestDriverRefused(t *testing.T) {
	for _, e := range []syscall.Errno{syscall.EBUSY, syscall.EEXIST, syscall.EPERM, syscall.ENODEV} {
		if driverRefused(e) {
			t.Errorf("%v is not the driver's", e)
		}
	}
	if !driverRefused(syscall.EOPNOTSUPP) {
		t.Error("EOPNOTSUPP is the driver's")
	}
}

func TestOpenBadObjects(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		raw  string
		want error
	}{
		"empty":   {"", image.ErrEmpty},
		"not ELF": {"package main\n", image.ErrNotELF},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tt.raw), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func TestProgramTypeOfInit(t *testing.T) {
	o := &Object{img: &image.Object{Meta: image.Meta{Name: "x", Init: "x.init", Programs: []image.Program{{Name: "P", Type: abi.ProgramXDP}}}}}
	for name, want := range map[string]string{"P": "xdp", "init": "init", "Q": ""} {
		if got := o.programType(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestLockTypes: the lock's place is described, and nothing overlaps.
func TestLockTypes(t *testing.T) {
	for _, tt := range []struct {
		kind          ebpf.MapType
		lock, size    uint32
		members, keys int
	}{
		{ebpf.Array, 0, 4, 1, 4}, {ebpf.Array, 0, 16, 2, 4}, {ebpf.Hash, 8, 12, 2, 6}, {ebpf.Hash, 8, 24, 3, 6},
	} {
		spec := mapSpec(image.Map{Name: "m", Type: uint32(tt.kind), KeySize: uint32(tt.keys), ValueSize: tt.size, MaxEntries: 1, Lock: &tt.lock})
		value := spec.Value.(*btf.Struct)
		if value.Size != tt.size || len(value.Members) != tt.members {
			t.Errorf("%+v: value %v", tt, value)
		}
		end := uint32(0)
		for _, m := range value.Members {
			size, err := btf.Sizeof(m.Type)
			if err != nil || m.Offset.Bytes() != end {
				t.Errorf("%+v: member %v behind %d bytes, %v", tt, m, end, err)
			}
			if m.Type.TypeName() == "bpf_spin_lock" && end != tt.lock {
				t.Errorf("%+v: lock at %d", tt, end)
			}
			end += uint32(size)
		}
		if key, err := btf.Sizeof(spec.Key); end != tt.size || err != nil || key != tt.keys {
			t.Errorf("%+v: %d bytes in members, key of %d, %v", tt, end, key, err)
		}
	}
	if spec := mapSpec(image.Map{Name: "m", Type: uint32(ebpf.Array), KeySize: 4, ValueSize: 8}); spec.Value != nil || spec.Key != nil {
		t.Errorf("types for a map without lock: %+v", spec)
	}
}
