// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/abi"
)

// What can stand in the way of loading an extension.
var (
	ErrNoRex       = errors.New("rex.ko is not loaded")
	ErrNoRexBTF    = errors.New("rex.ko is loaded without BTF")
	ErrNotRoot     = errors.New("not enough privileges")
	ErrModulesOff  = errors.New("loading kernel modules is disabled until the next boot")
	ErrSigEnforced = errors.New("the kernel loads only signed kernel modules")
	ErrBPFJITOff   = errors.New("the BPF JIT compiler is off")
	ErrLockdown    = errors.New("the kernel is locked down")
)

// Host is a machine to probe. The zero value is not usable; see Running.
type Host struct {
	// FS is the root of its file system.
	FS fs.FS
	// Caps returns the effective capability set of the calling process, one
	// bit for each capability number.
	Caps func() (uint64, error)
}

// Running returns the machine this process runs on.
func Running() Host { return Host{FS: os.DirFS("/"), Caps: effectiveCaps} }

// ModuleLoaded reports whether a kernel module of that name is live.
func (h Host) ModuleLoaded(name string) bool {
	return h.read("sys/module/"+name+"/initstate") == "live"
}

// CheckRex reports whether rex.ko is loaded and usable: ErrNoRex, ErrNoRexBTF
// or nil.
func (h Host) CheckRex() error {
	if !h.ModuleLoaded(abi.ModuleName) {
		return fmt.Errorf("%w (rex module build makes rex.ko, insmod inserts it)", ErrNoRex)
	}
	if _, err := fs.Stat(h.FS, "sys/kernel/btf/"+abi.ModuleName); err != nil {
		return fmt.Errorf("%w (install pahole and build it again with rex module build)", ErrNoRexBTF)
	}
	return nil
}

// loadCaps are the capabilities that loading and attaching need.
var loadCaps = []struct {
	bit  uint
	name string
}{
	{unix.CAP_SYS_MODULE, "CAP_SYS_MODULE"},
	{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
	{unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"},
	{unix.CAP_PERFMON, "CAP_PERFMON"},
	{unix.CAP_BPF, "CAP_BPF"},
}

// CheckPrivileges returns an error that wraps ErrNotRoot and names the
// capabilities that the process lacks for loading an extension.
func (h Host) CheckPrivileges() error {
	caps, err := h.Caps()
	if err != nil {
		return fmt.Errorf("read capabilities: %w", err)
	}
	var missing []string
	for _, c := range loadCaps {
		if caps&(1<<c.bit) == 0 {
			missing = append(missing, c.name)
		}
	}
	if missing != nil {
		return fmt.Errorf("%w: missing %s (run as root)", ErrNotRoot, strings.Join(missing, ", "))
	}
	return nil
}

// CheckModules reports whether the kernel will take a kernel module at all.
// signed says whether ours carries a signature; whether the kernel trusts its
// key shows only when it is loaded. The error wraps ErrModulesOff, ErrLockdown
// or ErrSigEnforced.
func (h Host) CheckModules(signed bool) error {
	if h.read("proc/sys/kernel/modules_disabled") == "1" {
		return fmt.Errorf("%w (kernel.modules_disabled=1)", ErrModulesOff)
	}
	if signed {
		return nil
	}
	if mode := h.Lockdown(); mode != "" && mode != "none" {
		return fmt.Errorf("%w (mode %s): %w (sign the extension with a key the kernel trusts, or turn Secure Boot off)", ErrLockdown, mode, ErrSigEnforced)
	}
	if v := h.read("sys/module/module/parameters/sig_enforce"); v == "Y" || v == "1" {
		return fmt.Errorf("%w (module.sig_enforce=1; sign the extension with a key the kernel trusts)", ErrSigEnforced)
	}
	return nil
}

// CheckJIT returns ErrBPFJITOff when the kernel would interpret BPF programs:
// stubs that call kfuncs are then refused.
func (h Host) CheckJIT() error {
	if h.read("proc/sys/net/core/bpf_jit_enable") == "0" {
		return fmt.Errorf("%w (set net.core.bpf_jit_enable=1)", ErrBPFJITOff)
	}
	return nil
}

// CheckLoad makes every check above, in the order in which a user would fix
// them.
func (h Host) CheckLoad(signed bool) error {
	if err := h.CheckPrivileges(); err != nil {
		return err
	}
	if err := h.CheckModules(signed); err != nil {
		return err
	}
	if err := h.CheckRex(); err != nil {
		return err
	}
	return h.CheckJIT()
}

// Lockdown returns the kernel's lockdown mode ("none", "integrity" or
// "confidentiality"), empty when the kernel has no lockdown or securityfs is
// not mounted.
func (h Host) Lockdown() string {
	_, rest, ok := strings.Cut(h.read("sys/kernel/security/lockdown"), "[")
	if !ok {
		return ""
	}
	mode, _, _ := strings.Cut(rest, "]")
	return mode
}

// read returns a small file's trimmed content; empty when it cannot be read,
// which for every file used here means that the feature is absent.
func (h Host) read(name string) string {
	b, err := fs.ReadFile(h.FS, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func effectiveCaps() (uint64, error) {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return 0, err
	}
	return uint64(data[0].Effective) | uint64(data[1].Effective)<<32, nil
}
