// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rex-go/rex/internal/vm/guest"
)

// kernelArgs is the guest kernel's command line.
var kernelArgs = []string{
	"console=ttyS0",
	// A rebooting guest makes QEMU exit (-no-reboot): the first serious
	// problem ends the VM at once, with its report in the log.
	"panic=-1", "panic_on_warn=1", "oops=panic", "softlockup_panic=1",
	"sysctl.kernel.panic_on_rcu_stall=1", "sysctl.kernel.hung_task_panic=1",
	// The emulated processors are host threads. On a loaded host they may not
	// run for seconds, which the guest would take for stalls and lockups; a
	// real one is still found, later.
	"rcupdate.rcu_cpu_stall_timeout=60", "sysctl.kernel.watchdog_thresh=30",
	// The emulated TSC follows the host's clock and is the cheapest clock to
	// read. Without this the kernel compares it with other clocks, and a host
	// that does not run the guest for a while makes it look unstable.
	"tsc=reliable", "clocksource=tsc",
	// Boot time: no calibration against the emulated timers, no probing for
	// what this machine does not have.
	"no_timer_check", "random.trust_cpu=on", "8250.nr_uarts=1", "i8042.noprobe",
	"cryptomgr.notests",
	guest.InitEnv + "=1",
}

func (m *machine) commandLine() string {
	args := slices.Clone(kernelArgs)
	if m.kernel.Sanitizers() {
		if khz := m.tscKHz(); khz > 0 {
			args = append(args, fmt.Sprint("tsc_early_khz=", khz))
		}
	}
	if m.cfg.Append != "" {
		args = append(args, m.cfg.Append)
	}
	return strings.Join(args, " ")
}

// tscKHz is the frequency of the guest's TSC; 0 when it is not known. A kernel
// without ACPI has nothing but the PIT to measure it by, which fails where every
// instruction is checked and the host is busy; then no clock is left but the
// timer's interrupt.
func (m *machine) tscKHz() int {
	if m.cfg.Icount {
		return 1_000_000 // an instruction takes a nanosecond
	}
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return 0
	}
	return hostTSCKHz(string(text))
}

var (
	nominalFrequency = regexp.MustCompile(`(?m)^model name\s*:.* @ ([0-9.]+)GHz$`)
	currentFrequency = regexp.MustCompile(`(?m)^cpu MHz\s*:\s*([0-9.]+)$`)
)

// hostTSCKHz finds the frequency of the TSC in the text of /proc/cpuinfo. The
// nominal frequency of a processor is that of its TSC; the present one is near.
func hostTSCKHz(cpuinfo string) int {
	for _, f := range []struct {
		in    *regexp.Regexp
		scale float64
	}{{nominalFrequency, 1e6}, {currentFrequency, 1e3}} {
		if found := f.in.FindStringSubmatch(cpuinfo); found != nil {
			if v, err := strconv.ParseFloat(found[1], 64); err == nil {
				return int(v * f.scale)
			}
		}
	}
	return 0
}

// commas escapes a value for QEMU's option syntax.
func commas(s string) string { return strings.ReplaceAll(s, ",", ",,") }

// Environ returns what of the host's environment a command in the guest gets:
// what describes the user, the language and the Go and Rex tools, with a PATH
// that has the system directories, and REX_VM=1.
func Environ(host []string) []string {
	env := []string{guest.DetectEnv + "=1"}
	path := ""
	for _, kv := range host {
		k, v, _ := strings.Cut(kv, "=")
		switch {
		case k == "PATH":
			path = v
		case k == guest.DetectEnv || k == guest.ModuleEnv || k == EnvAccel:
		case k == "HOME" || k == "TERM" || k == "LANG" || k == "TZ" || k == "TMPDIR" || k == "USER" || k == "LOGNAME" || k == "SHELL",
			strings.HasPrefix(k, "LC_"), strings.HasPrefix(k, "GO"), strings.HasPrefix(k, "REX_"), strings.HasPrefix(k, "XDG_CACHE"), strings.HasPrefix(k, "CGO_"):
			env = append(env, kv)
		}
	}
	dirs := strings.Split(path, ":")
	for _, d := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		if !slices.Contains(dirs, d) {
			dirs = append(dirs, d)
		}
	}
	return append(env, "PATH="+strings.TrimPrefix(strings.Join(dirs, ":"), ":"))
}
