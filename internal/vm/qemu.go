// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/rex-go/rex/internal/vm/guest"
)

// EnvAccel overrides how QEMU runs the guest's instructions: "kvm", or "mttcg"
// for a host thread for each processor even where QEMU gets that wrong.
const EnvAccel = "REX_VM_ACCEL"

// accel returns QEMU's -accel and -cpu.
func (m *machine) accel(ctx context.Context) (accel, cpu string) {
	switch os.Getenv(EnvAccel) {
	case "kvm":
		return "kvm", "host"
	case "mttcg":
		return "tcg,thread=multi", "max"
	}
	// Before QEMU 8.1 a thread could translate code while another one changed
	// it, and keep the stale translation (fixed by "accel/tcg: Always lock
	// pages before translation"). A Linux guest, which patches its own code
	// all the time (jump labels, static calls, ftrace), then dies now and then
	// with "Oops: int3". One thread that takes the processors in turn cannot.
	if m.cfg.CPUs > 1 && qemuAtLeast(ctx, m.qemu, 8, 1) {
		return "tcg,thread=multi", "max"
	}
	return "tcg,thread=single", "max"
}

var qemuVersion = regexp.MustCompile(`version (\d+)\.(\d+)`)

// qemuAtLeast asks QEMU for its version. No answer counts as old.
func qemuAtLeast(ctx context.Context, qemu string, major, minor int) bool {
	out, err := exec.CommandContext(ctx, qemu, "--version").Output()
	v := qemuVersion.FindSubmatch(out)
	if err != nil || v == nil {
		return false
	}
	x, _ := strconv.Atoi(string(v[1]))
	y, _ := strconv.Atoi(string(v[2]))
	return x > major || x == major && y >= minor
}

// smp returns QEMU's -smp. A kernel without ACPI finds the processors in the MP
// table, which has one for each socket.
func (m *machine) smp() string {
	if m.kernel.Sanitizers() {
		return fmt.Sprintf("%d,sockets=%[1]d,cores=1,threads=1", m.cfg.CPUs)
	}
	return strconv.Itoa(m.cfg.CPUs)
}

// qemuArgs returns QEMU's command line.
func (m *machine) qemuArgs(ctx context.Context) []string {
	accel, cpu := m.accel(ctx)
	args := []string{
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-machine", "pc", "-accel", accel, "-cpu", cpu,
		"-smp", m.smp(), "-m", strconv.Itoa(m.cfg.Memory),
		"-kernel", m.kernel.Image, "-initrd", m.initramfs, "-append", m.commandLine(),
		"-chardev", "file,id=log,path=" + commas(m.log), "-serial", "chardev:log",
		"-device", "virtio-serial-pci",
	}
	args = append(args, m.rootArgs()...)
	if m.cfg.Icount {
		args = append(args, "-icount", "shift=0,sleep=off")
	}
	for i := range m.cfg.NICs {
		args = append(args,
			"-netdev", fmt.Sprintf("hubport,id=net%d,hubid=0", i),
			"-device", fmt.Sprintf("virtio-net-pci,netdev=net%d,mac=%s%02x,romfile=", i, guest.MACPrefix, i))
	}
	for i, name := range portNames {
		args = append(args,
			"-chardev", fmt.Sprintf("socket,id=port%d,path=%s", i, commas(filepath.Join(m.dir, name))),
			"-device", fmt.Sprintf("virtserialport,chardev=port%d,name=%s", i, name))
	}
	return args
}
