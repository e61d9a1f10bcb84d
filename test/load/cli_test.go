// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// command is a rex command that runs.
type command struct {
	*exec.Cmd
	stdout bytes.Buffer
	stderr *bufio.Reader
	said   strings.Builder // what was read of stderr
}

func start(t *testing.T, args ...string) *command {
	t.Helper()
	c := &command{Cmd: exec.Command(testutil.Rex(t), args...)}
	c.Stdout = &c.stdout
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stderr = bufio.NewReader(pipe)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	return c
}

// until reads stderr up to a line that contains s.
func (c *command) until(t *testing.T, s string) {
	t.Helper()
	for {
		line, err := c.stderr.ReadString('\n')
		c.said.WriteString(line)
		if strings.Contains(line, s) {
			return
		}
		if err != nil {
			t.Fatalf("no %q in:\n%s", s, &c.said)
		}
	}
}

// exit waits for the end and returns the exit code.
func (c *command) exit(t *testing.T) int {
	t.Helper()
	io.Copy(&c.said, c.stderr)
	err := c.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode()
}

// TestVMRunEnds: however rex run ends, it detaches and unloads.
func TestVMRunEnds(t *testing.T) {
	needVM(t)
	veth(t)
	for name, sig := range map[string]syscall.Signal{"Ctrl-C": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			needVM(t)
			c := start(t, "run", "-iface", "rexl0", "-prog", "Pass", kit.ObjectPath(t, "probe"))
			c.until(t, "attached probe.Pass (xdp) to rexl0")
			c.until(t, "link and load took")
			if err := c.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if code := c.exit(t); code != 0 || !strings.Contains(c.said.String(), "rex: unloaded probe\n") {
				t.Errorf("exit status %d:\n%s", code, &c.said)
			}
		})
	}
	t.Run("time over", func(t *testing.T) {
		needVM(t)
		c := start(t, "run", "-for", "10ms", "-iface", "rexl0,rexl1", "-prog", "Pass", kit.ObjectPath(t, "probe"))
		if code := c.exit(t); code != 0 || !strings.Contains(c.said.String(), "to rexl1") {
			t.Errorf("exit status %d:\n%s", code, &c.said)
		}
	})
	t.Run("error", func(t *testing.T) {
		needVM(t)
		// The second attachment fails.
		c := start(t, "run", "-iface", "rexl0,rexl1,rexl0", "-prog", "Pass", kit.ObjectPath(t, "probe"))
		if code := c.exit(t); code != 1 || !strings.Contains(c.said.String(), `xdp hook of rexl0: hook already taken by BPF program`) {
			t.Errorf("exit status %d:\n%s", code, &c.said)
		}
	})
	t.Run("killed", func(t *testing.T) {
		needVM(t)
		c := start(t, "run", "-iface", "rexl0", "-prog", "Pass", kit.ObjectPath(t, "probe"))
		c.until(t, "attached")
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.exit(t)
		// The kernel has detached it; the kernel module is for rex unload.
		ls := start(t, "ls", "-json")
		if code := ls.exit(t); code != 0 {
			t.Fatalf("rex ls: %s", &ls.said)
		}
		var exts []loader.Stats
		if err := json.Unmarshal(ls.stdout.Bytes(), &exts); err != nil || len(exts) != 1 || exts[0].Name != "probe" {
			t.Errorf("rex ls: %s", &ls.stdout)
		}
		if unload := start(t, "unload", "-wait", "30s", "probe"); unload.exit(t) != 0 {
			t.Errorf("rex unload: %s", &unload.said)
		}
	})
}

// TestVMEventsOfRun: rex run and rex logs print reports, as text and as JSON.
func TestVMEventsOfRun(t *testing.T) {
	needVM(t)
	iface := veth(t)
	run := start(t, "run", "-iface", iface.Name, "-prog", "Index", kit.ObjectPath(t, "probe"))
	run.until(t, "link and load took")
	logs := exec.Command(testutil.Rex(t), "logs", "-json", "-object", kit.ObjectPath(t, "probe"), "probe")
	logs.Stderr = os.Stderr
	out, err := logs.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := logs.Start(); err != nil {
		t.Fatal(err)
	}
	// A frame to the interface's peer arrives on the interface.
	sendFrame(t, "rexl1")
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ev loader.Event
	if err := json.Unmarshal(line, &ev); err != nil {
		t.Fatal(err)
	}
	if ev.Kind != loader.EventPanic || ev.Extension != "probe" || ev.Program != "Index" || ev.Context != "softirq" ||
		len(ev.Frames) == 0 || ev.Frames[0].File != "test/load/testdata/probe/probe.go" || ev.Frames[0].Line == 0 {
		t.Errorf("rex logs: %s", line)
	}
	for _, p := range []*exec.Cmd{run.Cmd, logs} {
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if err := logs.Wait(); err != nil {
		t.Errorf("rex logs: %v", err)
	}
	if code := run.exit(t); code != 0 {
		t.Errorf("rex run: exit status %d:\n%s", code, &run.said)
	}
	s := run.stdout.String()
	if !strings.HasPrefix(s, "panic: runtime error: index out of range [5] with length 3\n\nextension probe, program Index (xdp), cpu ") ||
		!strings.Contains(s, "\n\ttest/load/testdata/probe/probe.go:") {
		t.Errorf("rex run printed:\n%s", s)
	}
}
