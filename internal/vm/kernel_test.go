// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCompareReleases(t *testing.T) {
	order := []string{"6.12.9+deb12-amd64", "6.12.90+deb12-amd64", "6.12.117+deb12-amd64", "6.12.117+deb13-amd64"}
	for i, a := range order {
		for j, b := range order {
			if got, want := compareReleases(a, b), i-j; (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("compareReleases(%s, %s) = %d", a, b, got)
			}
		}
	}
	for release, want := range map[string]string{
		"6.12.117+deb12-amd64": "amd64", "6.12.117+deb12-rt-amd64": "rt-amd64", "6.12.117+deb12-amd64-dbg": "amd64-dbg",
	} {
		if got := releaseFlavour(release); got != want {
			t.Errorf("releaseFlavour(%s) = %s, want %s", release, got, want)
		}
	}
}

// writeTree makes files in a temporary directory.
func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpenKernel(t *testing.T) {
	if _, err := OpenKernel(t.TempDir()); !errors.Is(err, ErrNoKernel) {
		t.Errorf("OpenKernel(empty) = %v, want ErrNoKernel", err)
	}
	dir := writeTree(t, map[string]string{"boot/vmlinuz-6.12.1-amd64": ""})
	if _, err := OpenKernel(dir); err == nil || !strings.Contains(err.Error(), "depmod") {
		t.Errorf("OpenKernel(without modules.dep) = %v, want a hint at depmod", err)
	}
}

// TestBootModules: dependencies come first, each once.
func TestBootModules(t *testing.T) {
	dir := writeTree(t, map[string]string{
		"boot/vmlinuz-6.12.1-amd64": "",
		"lib/modules/6.12.1-amd64/modules.dep": "k/9p.ko: k/9pnet.ko k/netfs.ko\nk/9pnet.ko: k/netfs.ko\nk/netfs.ko:\n" +
			"k/9pnet_virtio.ko: k/9pnet.ko k/netfs.ko\nk/overlay.ko:\nk/other.ko: k/netfs.ko\n",
	})
	k, err := OpenKernel(dir)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := k.bootModules()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range paths {
		names = append(names, moduleName(p))
	}
	if want := []string{"netfs", "9pnet", "9pnet_virtio", "9p", "overlay"}; !slices.Equal(names, want) {
		t.Errorf("boot modules are %v, want %v", names, want)
	}
}

func TestRelocateHeaders(t *testing.T) {
	const r = "6.12.1-amd64"
	dir := writeTree(t, map[string]string{
		"usr/src/linux-headers-" + r + "/Makefile": "include /usr/src/linux-headers-6.12.1-common/Makefile\n",
		"lib/modules/" + r + "/x":                  "",
	})
	build := filepath.Join(dir, "lib/modules", r, "build")
	if err := os.Symlink("/usr/src/linux-headers-"+r, build); err != nil {
		t.Fatal(err)
	}
	if err := RelocateHeaders(dir, r); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(build, "Makefile")) // through the link
	if err != nil || strings.Contains(string(text), "include /usr") || !strings.Contains(string(text), "../linux-headers-6.12.1-common/Makefile") {
		t.Errorf("Makefile is %q (%v)", text, err)
	}
}

// TestCPIO checks the alignment that the kernel's unpacker relies on.
func TestCPIO(t *testing.T) {
	dir := writeTree(t, map[string]string{"f": "hello"})
	var buf bytes.Buffer
	c := &cpio{w: &buf}
	c.dir("d")
	c.file("d/f", filepath.Join(dir, "f"), 0o755)
	c.trailer()
	if c.err != nil {
		t.Fatal(c.err)
	}
	if buf.Len()%4 != 0 || strings.Count(buf.String(), "070701") != 3 {
		t.Errorf("archive has %d bytes, %q", buf.Len(), buf.String())
	}
	for _, magic := range []int{strings.Index(buf.String(), "hello"), strings.LastIndex(buf.String(), "070701")} {
		if magic%4 != 0 {
			t.Errorf("entry at %d is not aligned", magic)
		}
	}
	c.file("missing", filepath.Join(dir, "missing"), 0o644)
	if c.err == nil {
		t.Error("no error for a missing file")
	}
}

// TestDynamicInit: a binary that the initramfs cannot run is refused.
func TestDynamicInit(t *testing.T) {
	if err := checkStatic("/bin/sh"); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
		t.Errorf("checkStatic(/bin/sh) = %v", err)
	}
}

func TestEnviron(t *testing.T) {
	env := Environ([]string{"PATH=/x:/usr/bin", "HOME=/h", "SECRET=1", "LC_ALL=C", "REX_VM_ACCEL=kvm", "GOFLAGS=-v"})
	for _, want := range []string{"HOME=/h", "LC_ALL=C", "GOFLAGS=-v", "REX_VM=1"} {
		if !slices.Contains(env, want) {
			t.Errorf("environment lacks %s", want)
		}
	}
	for _, kv := range env {
		if strings.HasPrefix(kv, "SECRET") || strings.HasPrefix(kv, "REX_VM_ACCEL") {
			t.Errorf("environment has %s", kv)
		}
		if path, ok := strings.CutPrefix(kv, "PATH="); ok && (!strings.HasPrefix(path, "/x:/usr/bin:") || !strings.Contains(path, "/usr/sbin")) {
			t.Errorf("PATH is %s", path)
		}
	}
}

// TestThreads: several processors run in threads of their own only where QEMU
// gets that right.
func TestThreads(t *testing.T) {
	for version, want := range map[string]string{
		"7.2.22 (Debian 1:7.2+dfsg-7)": "tcg,thread=single", "8.0.9": "tcg,thread=single",
		"8.1.0": "tcg,thread=multi", "10.0.2": "tcg,thread=multi", "unknown": "tcg,thread=single",
	} {
		qemu := filepath.Join(t.TempDir(), "qemu")
		if err := os.WriteFile(qemu, []byte("#!/bin/sh\necho 'QEMU emulator version "+version+"'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv(EnvAccel, "")
		m := &machine{qemu: qemu, cfg: Config{CPUs: 2}}
		if got, _ := m.accel(t.Context()); got != want {
			t.Errorf("QEMU %s: -accel %s, want %s", version, got, want)
		}
	}
}
