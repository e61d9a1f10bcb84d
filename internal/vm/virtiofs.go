// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rex-go/rex/internal/vm/guest"
)

// Some kernels (Debian's cloud flavour) have no 9p, but virtiofs, for which a
// daemon on the host serves the files and reads the guest's memory.

// ErrNoVirtiofsd: the guest's kernel needs virtiofsd.
var ErrNoVirtiofsd = errors.New("no virtiofsd")

// virtiofsdPaths are where Debian's packages have it: qemu-system-common in
// Debian 12, virtiofsd since.
var virtiofsdPaths = []string{"/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd"}

// has9P reports whether the kernel can mount the host's files by 9p.
func (k *Kernel) has9P() bool {
	for _, list := range []string{"modules.dep", "modules.builtin"} {
		data, err := os.ReadFile(filepath.Join(k.Modules, list))
		if err == nil && bytes.Contains(data, []byte("/9pnet_virtio.ko")) {
			return true
		}
	}
	return false
}

// rootArgs returns QEMU's options for the device of the host's files.
func (m *machine) rootArgs() []string {
	if m.virtiofs == "" {
		return []string{
			"-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap",
			"-device", "virtio-9p-pci,fsdev=root,mount_tag=" + guest.RootTag,
		}
	}
	return []string{
		// Its memory is shared with the daemon.
		"-object", "memory-backend-memfd,id=memory,share=on,size=" + strconv.Itoa(m.cfg.Memory) + "M",
		"-numa", "node,memdev=memory",
		"-chardev", "socket,id=root,path=" + commas(m.virtiofs),
		"-device", "vhost-user-fs-pci,chardev=root,tag=" + guest.RootTag,
	}
}

// startVirtiofsd starts the daemon, if the kernel needs it, and waits until it
// takes QEMU's connection; stop ends it.
func (m *machine) startVirtiofsd() (stop func(), err error) {
	if m.kernel.has9P() {
		return func() {}, nil
	}
	bin := ""
	for _, p := range virtiofsdPaths {
		if _, err := os.Stat(p); err == nil {
			bin = p
			break
		}
	}
	if bin == "" {
		return nil, fmt.Errorf("start vm: kernel %s has no 9p: %w (install the package virtiofsd; in Debian 12, qemu-system-common)", m.kernel.Release, ErrNoVirtiofsd)
	}
	m.virtiofs = filepath.Join(m.dir, "virtiofs")
	var messages bytes.Buffer
	// The guest's / is an overlay that takes all writes, and mounts this
	// read-only; unlike QEMU's 9p the daemon would let it do otherwise.
	cmd := exec.Command(bin, "--socket-path="+m.virtiofs, "-o", "source=/", "-o", "cache=always", "-o", "sandbox=chroot", "-o", "log_level=err")
	cmd.Stdout, cmd.Stderr = &messages, &messages
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		// The death signal is tied to the thread that forked.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start vm: %w", err)
	}
	gone := func(err error) error {
		return fmt.Errorf("start vm: virtiofsd: %w: %s (it needs root)", err, strings.TrimSpace(messages.String()))
	}
	for range 3000 {
		if _, err := os.Stat(m.virtiofs); err == nil {
			return func() {
				cmd.Process.Kill()
				<-ended
			}, nil
		}
		select {
		case err := <-ended:
			if err == nil {
				err = errors.New("it ended")
			}
			return nil, gone(err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	cmd.Process.Kill()
	<-ended
	return nil, gone(errors.New("it does not listen"))
}
