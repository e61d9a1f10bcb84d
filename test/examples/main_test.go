// SPDX-License-Identifier: Apache-2.0

// Package examples_test runs the examples' host programs on a real kernel, makes
// the events or the traffic that they are for, and reads what they print. It
// runs as root in a throw-away VM (rex vm) and skips everywhere else.
package examples_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rex-go/rex/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// app is a host program that runs.
type app struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr text
	ended          chan error
}

// text is what a program has printed so far.
type text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.String()
}

const patience = kit.Patience

// command is the host program of an example with flags and the example's object.
func command(t *testing.T, name string, flags ...string) *exec.Cmd {
	t.Helper()
	kit.Need(t)
	object := kit.ObjectPath(t, name)
	return exec.Command(filepath.Join(filepath.Dir(object), "bin", name), append(flags, object)...)
}

// runToEnd runs a host program that ends by itself and returns what it prints.
func runToEnd(t *testing.T, name string, flags ...string) string {
	t.Helper()
	cmd := command(t, name, flags...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v", cmd, err)
	}
	t.Logf("%s printed:\n%s", name, out)
	return string(out)
}

// start runs the host program of an example with flags and the example's object,
// and waits until it has attached it.
func start(t *testing.T, name string, flags ...string) *app {
	t.Helper()
	a := &app{t: t, cmd: command(t, name, flags...), ended: make(chan error, 1)}
	a.cmd.Stdout, a.cmd.Stderr = &a.stdout, &a.stderr
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { a.ended <- a.cmd.Wait() }()
	t.Cleanup(func() {
		if a.cmd.ProcessState == nil {
			a.cmd.Process.Kill()
		}
		if t.Failed() {
			t.Logf("%s\n%s\n%s", a.cmd, a.stdout.String(), a.stderr.String())
		}
	})
	a.wait(&a.stderr, name+": attached")
	return a
}

// wait waits until the program has printed something.
func (a *app) wait(in *text, want string) {
	a.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(in.String(), want); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-a.ended:
			a.t.Fatalf("%s ended without %q: %v", a.cmd, want, err)
		default:
		}
		if time.Now().After(end) {
			a.t.Fatalf("%s did not print %q", a.cmd, want)
		}
	}
}

// stop ends the program as Ctrl-C does and returns what it printed. It is an
// error if the program fails, or if its extension has said anything, such as
// that it panicked.
func (a *app) stop() string {
	a.t.Helper()
	if err := a.cmd.Process.Signal(os.Interrupt); err != nil {
		a.t.Fatal(err)
	}
	select {
	case err := <-a.ended:
		if err != nil {
			a.t.Errorf("%s: %v", a.cmd, err)
		}
	case <-time.After(patience):
		a.t.Fatalf("%s does not end", a.cmd)
	}
	if _, rest, _ := strings.Cut(strings.TrimSpace(a.stderr.String()), "\n"); rest != "" {
		a.t.Errorf("unexpected events:\n%s", rest)
	}
	out := a.stdout.String()
	a.t.Logf("%s printed:\n%s", filepath.Base(a.cmd.Path), out)
	return out
}

// number returns the last number that a regular expression with one group finds
// in a text, 0 when there is none.
func number(t *testing.T, in, expr string) (n uint64) {
	t.Helper()
	if all := regexp.MustCompile(expr).FindAllStringSubmatch(in, -1); all != nil {
		var err error
		if n, err = strconv.ParseUint(all[len(all)-1][1], 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return n
}
