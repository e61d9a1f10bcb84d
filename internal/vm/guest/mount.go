// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mount describes one file system to mount.
type mount struct {
	source, target, kind, data string
	flags                      uintptr
	// optional mounts depend on the kernel's configuration.
	optional bool
}

func (m mount) do() error {
	if err := os.MkdirAll(m.target, 0o755); err != nil {
		return fmt.Errorf("make mount point: %w", err)
	}
	err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data)
	if err != nil && !m.optional {
		return fmt.Errorf("mount %s on %s: %w", m.kind, m.target, err)
	}
	return nil
}

// mountEarly mounts what opening the ports takes.
func mountEarly() error {
	for _, m := range []mount{
		{source: "proc", target: "/proc", kind: "proc"},
		{source: "sysfs", target: "/sys", kind: "sysfs"},
		{source: "devtmpfs", target: "/dev", kind: "devtmpfs"},
	} {
		if err := m.do(); err != nil {
			return err
		}
	}
	return nil
}

// Where the parts of the root file system are mounted before it becomes /.
const (
	lowerDir = "/lower"
	upperDir = "/upper"
	newRoot  = "/newroot"
)

// mountRoot makes / the host's file system, read-only, with a tmpfs overlay
// that takes all writes and ends with the VM.
func mountRoot() error {
	// cache=loose: the lower layer is read-only, so caching without
	// revalidation is right as long as the host leaves files that the guest has
	// already seen alone while it runs.
	lower := mount{source: RootTag, target: lowerDir, kind: "9p", flags: unix.MS_RDONLY,
		data: "trans=virtio,version=9p2000.L,msize=512000,cache=loose"}
	err := lower.do()
	if errors.Is(err, unix.ENODEV) {
		// A kernel without 9p; the host knows and serves virtiofs.
		lower.kind, lower.data = "virtiofs", ""
		err = lower.do()
	}
	if err != nil {
		return err
	}
	upper := mount{source: "tmpfs", target: upperDir, kind: "tmpfs", data: "size=80%,mode=0755"}
	if err := upper.do(); err != nil {
		return err
	}
	for _, dir := range []string{upperDir + "/data", upperDir + "/work"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return fmt.Errorf("make overlay: %w", err)
		}
	}
	overlay := mount{source: "overlay", target: newRoot, kind: "overlay",
		data: fmt.Sprintf("lowerdir=%s,upperdir=%s/data,workdir=%s/work,xino=off", lowerDir, upperDir, upperDir)}
	if err := overlay.do(); err != nil {
		return err
	}
	for _, dir := range []string{"/proc", "/sys", "/dev"} {
		if err := os.MkdirAll(newRoot+dir, 0o755); err != nil {
			return fmt.Errorf("make mount point: %w", err)
		}
		if err := unix.Mount(dir, newRoot+dir, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("move mount %s: %w", dir, err)
		}
	}
	// The initramfs cannot be pivoted away from; switch_root(8) does it the
	// same way.
	if err := os.Chdir(newRoot); err != nil {
		return fmt.Errorf("enter root: %w", err)
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return fmt.Errorf("enter root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return fmt.Errorf("enter root: %w", err)
	}
	return nil
}

// mountGuest mounts what a running system has, on top of the host's view.
func mountGuest(modules string) error {
	mounts := []mount{
		{source: "devpts", target: "/dev/pts", kind: "devpts", data: "mode=0620,ptmxmode=0666"},
		{source: "tmpfs", target: "/dev/shm", kind: "tmpfs", data: "mode=1777"},
		{source: "tmpfs", target: "/run", kind: "tmpfs", data: "mode=0755"},
		{source: "bpf", target: "/sys/fs/bpf", kind: "bpf", optional: true},
		{source: "cgroup2", target: "/sys/fs/cgroup", kind: "cgroup2", optional: true},
		{source: "debugfs", target: "/sys/kernel/debug", kind: "debugfs", optional: true},
		{source: "tracefs", target: "/sys/kernel/tracing", kind: "tracefs", optional: true},
	}
	for _, m := range mounts {
		if err := m.do(); err != nil {
			return err
		}
	}
	for name, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, "/dev/"+name); err != nil {
			return fmt.Errorf("make device links: %w", err)
		}
	}
	if modules == "" {
		return nil
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return fmt.Errorf("read kernel release: %w", err)
	}
	bind := mount{source: modules, target: filepath.Join("/lib/modules", unix.ByteSliceToString(uts.Release[:])), flags: unix.MS_BIND}
	if err := bind.do(); err != nil {
		return fmt.Errorf("show kernel modules: %w", err)
	}
	return nil
}

// openPorts opens virtio-serial ports by name. The ports turn up
// asynchronously, so it waits for them.
func openPorts(names ...string) (map[string]*os.File, error) {
	ports := make(map[string]*os.File)
	for range 3000 {
		entries, err := filepath.Glob("/sys/class/virtio-ports/*/name")
		if err != nil {
			return nil, fmt.Errorf("find ports: %w", err)
		}
		for _, e := range entries {
			text, err := os.ReadFile(e)
			name := strings.TrimSpace(string(text))
			if err != nil || name == "" || ports[name] != nil {
				continue
			}
			// Not blocking: a blocking write spins with interrupts off
			// until the host has taken the data, which looks like a
			// lockup when the host is slow.
			f, err := os.OpenFile("/dev/"+filepath.Base(filepath.Dir(e)), os.O_RDWR|unix.O_NONBLOCK, 0)
			if err != nil {
				continue
			}
			ports[name] = f
		}
		missing := false
		for _, n := range names {
			missing = missing || ports[n] == nil
		}
		if !missing {
			return ports, nil
		}
		sleepMillis(5)
	}
	return nil, fmt.Errorf("find ports: have %d of %d", len(ports), len(names))
}
