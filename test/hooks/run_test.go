// SPDX-License-Identifier: Apache-2.0

package hooks_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/test/kit"
)

// rexRun runs rex run for a moment and returns its exit code and what it said.
func rexRun(t *testing.T, args ...string) (int, string) {
	t.Helper()
	ext := args[len(args)-1]
	args[len(args)-1] = kit.ObjectPath(t, ext)
	cmd := exec.Command(testutil.Rex(t), append([]string{"run", "-for", "50ms"}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String()
}

// TestVMRun: rex run attaches each program to what its directive says, and
// undoes it at the end or when something cannot be attached.
func TestVMRun(t *testing.T) {
	needVM(t)
	_, iface := lab(t, "rexr", 10)
	for _, tt := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"all", []string{"-freq", "50", "hooks"}, 0, []string{
			"attached hooks.Getpgid (kprobe) to __x64_sys_getpgid", "attached hooks.GetpgidReturn (kretprobe) to __x64_sys_getpgid",
			"attached hooks.OnExec (tracepoint) to sched/sched_process_exec", "attached hooks.Profile (perfevent) to the clock of ", ", 50 times a second",
			"unloaded hooks",
		}},
		{"interface", []string{"-iface", iface.Name, "-prog", "In", "hooks"}, 0, []string{"attached hooks.In (tc) to " + iface.Name + " ingress"}},
		{"egress", []string{"-iface", iface.Name, "-egress", "-prog", "Out", "hooks"}, 0, []string{"attached hooks.Out (tc) to " + iface.Name + " egress"}},
		{"one", []string{"-prog", "Open", "hooks"}, 0, []string{"attached hooks.Open (tracepoint) to syscalls/sys_enter_openat"}},
		{"nothing", []string{"-prog", "In", "hooks"}, 0, []string{"attached to nothing (-iface NAME"}},
		{"no program", []string{"-prog", "Inn", "hooks"}, 1, []string{"no such program: Inn (it has Getpgid (kprobe), "}},
		{"no network program", []string{"-iface", iface.Name, "badhooks"}, 1, []string{"has no XDP or TC program to attach to " + iface.Name}},
		{"no function", []string{"-prog", "NoFunction", "badhooks"}, 1, []string{"rex_there_is_no_such_function: no such kernel function", "unloaded badhooks"}},
		{"no event", []string{"badevent"}, 1, []string{"no such tracepoint sched/no_such_event"}},
		{"record", []string{"badrecord"}, 1, []string{"trace record mismatch"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			needVM(t)
			code, out := rexRun(t, tt.args...)
			if code != tt.code {
				t.Errorf("exit status %d, want %d", code, tt.code)
			}
			for _, w := range tt.want {
				if !strings.Contains(out, w) {
					t.Errorf("lacks %q", w)
				}
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}
