// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
)

// rexKO returns the contents of the rex.ko that is loaded.
func rexKO(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile(os.Getenv(loader.EnvRexKO))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestVMLoadErrors: what cannot be loaded is refused with an error that tells
// why. needVM checks that nothing stays behind.
func TestVMLoadErrors(t *testing.T) {
	needVM(t)
	obj := object(t, "probe")
	write := func(name string, raw []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	release := unix.ByteSliceToString(u.Release[:])
	other := bytes.ReplaceAll(rexKO(t), []byte("vermagic="+release), []byte("vermagic=9"+release[1:]))
	wrongSize, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 16, MaxEntries: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer wrongSize.Close()
	for _, tt := range []struct {
		name string
		opts loader.Options
		want error
		text string
	}{
		{"rex.ko missing", loader.Options{RexKO: "/nonexistent/rex.ko"}, loader.ErrRexKO, "no such file"},
		{"rex.ko of another kernel", loader.Options{RexKO: write("rex.ko", other)}, loader.ErrKernel, "9" + release[1:]},
		{"rex.ko not a module", loader.Options{RexKO: write("rex.ko", []byte("hello"))}, loader.ErrRexKO, "not a kernel module"},
		{"rex.ko truncated", loader.Options{RexKO: write("rex.ko", rexKO(t)[:4096])}, loader.ErrRexKO, ""},
		{"map of another size", loader.Options{MapReplacements: map[string]*ebpf.Map{"hits": wrongSize}}, ebpf.ErrMapIncompatible, "hits"},
		{"map that is not there", loader.Options{MapReplacements: map[string]*ebpf.Map{"misses": wrongSize}}, loader.ErrNoMap, "misses"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			needVM(t)
			ext, err := loader.Load(obj, tt.opts)
			if err == nil {
				ext.Close()
				t.Fatal("loaded")
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) || !strings.Contains(err.Error(), "load extension probe") {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestVMLoadTwice(t *testing.T) {
	needVM(t)
	obj := object(t, "probe")
	ext := load(t, obj, loader.Options{})
	if _, err := loader.Load(obj, loader.Options{}); !errors.Is(err, loader.ErrExists) {
		t.Errorf("second load: %v", err)
	}
	// The first one is none the worse.
	if res, err := ext.TestRun("Count", packet); err != nil || res.Verdict != drop {
		t.Errorf("verdict %d, %v", res.Verdict, err)
	}
}

// TestVMInUse: a program that someone else holds keeps the extension loaded, and
// Unload removes it later.
func TestVMInUse(t *testing.T) {
	needVM(t)
	ext, err := loader.Load(object(t, "probe"), loader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := ext.Program("Pass")
	if err != nil {
		t.Fatal(err)
	}
	held, err := p.Clone()
	if err != nil {
		t.Fatal(err)
	}
	if err := ext.Close(); !errors.Is(err, loader.ErrInUse) {
		t.Errorf("close: %v", err)
	}
	if ret, _, err := held.Test(packet); err != nil || ret != pass {
		t.Errorf("held program: %d, %v", ret, err)
	}
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := loader.Unload(now, "probe"); !errors.Is(err, loader.ErrInUse) {
		t.Errorf("unload: %v", err)
	}
	held.Close()
	if err := loader.Unload(t.Context(), "probe"); err != nil {
		t.Errorf("unload: %v", err)
	}
	if err := loader.Unload(t.Context(), "probe"); !errors.Is(err, loader.ErrNoExtension) {
		t.Errorf("second unload: %v", err)
	}
	// A kernel module that is no extension is not ours to remove.
	if err := loader.Unload(t.Context(), "veth"); !errors.Is(err, loader.ErrNoExtension) {
		t.Errorf("unload veth: %v", err)
	}
}

// TestVMNotRoot drops this thread's capabilities; the thread ends with the test.
func TestVMNotRoot(t *testing.T) {
	needVM(t)
	obj := object(t, "probe")
	errc := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread must not be reused
		hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&hdr, &none[0]); err != nil {
			errc <- err
			return
		}
		_, err := loader.Load(obj, loader.Options{})
		errc <- err
	}()
	if err := <-errc; !errors.Is(err, loader.ErrNotRoot) || !strings.Contains(err.Error(), "root") {
		t.Errorf("err = %v", err)
	}
}

// TestVMNoRexKO removes rex.ko and brings it back.
func TestVMNoRexKO(t *testing.T) {
	needVM(t)
	obj, ko := object(t, "probe"), rexKO(t)
	if err := unix.DeleteModule("rex", unix.O_NONBLOCK); err != nil {
		t.Fatalf("remove rex.ko: %v", err)
	}
	defer func() {
		if err := unix.InitModule(ko, ""); err != nil {
			t.Fatalf("insert rex.ko: %v", err)
		}
		load(t, obj, loader.Options{})
	}()
	if _, err := loader.Load(obj, loader.Options{}); !errors.Is(err, loader.ErrNotLoaded) {
		t.Errorf("load: %v", err)
	}
	if _, err := loader.List(); !errors.Is(err, loader.ErrNotLoaded) {
		t.Errorf("list: %v", err)
	}
	for _, err := range loader.Watch(t.Context()) {
		if !errors.Is(err, loader.ErrNotLoaded) {
			t.Errorf("watch: %v", err)
		}
	}
}
