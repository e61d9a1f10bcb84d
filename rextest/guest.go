// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// The guest of a test binary is the binary itself: as long as its standard input
// lasts it runs the tests whose names come there, one at a time, each in a
// process of its own.

// envServe is set for it: the compiled extension's path on the host.
const envServe = "REX_TEST_SERVE"

// exitSetup is rex vm's exit status when there is no VM.
const exitSetup = 126

// outcome is what the guest says about a test.
type outcome struct {
	OK     bool
	Output string
}

func init() {
	if object := os.Getenv(envServe); object != "" {
		if err := serve(object); err != nil {
			fmt.Fprintln(os.Stderr, "rextest:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// serve is the guest's side.
func serve(object string) error {
	// The host removes its own once the first answer says that the guest is
	// there.
	data, err := os.ReadFile(object)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "rextest-")
	if err != nil {
		return err
	}
	object = filepath.Join(dir, filepath.Base(object))
	if err := os.WriteFile(object, data, 0o600); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(outcome{OK: true}); err != nil {
		return err
	}
	os.Unsetenv(envServe)
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		cmd := exec.Command(os.Args[0], "-test.run", pattern(names.Text()), "-test.v", "-test.timeout", "4m")
		cmd.Env = append(os.Environ(), envObject+"="+object)
		text, err := cmd.CombinedOutput()
		if err := out.Encode(outcome{err == nil, string(text)}); err != nil {
			return err
		}
	}
	return names.Err()
}

// pattern matches one test or subtest.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

// guest is the test binary's virtual machine.
type guest struct {
	mu      sync.Mutex // held while a test runs
	stdin   io.Writer
	answers *json.Decoder
	wait    func() error
	stderr  *bytes.Buffer
}

// theGuest starts it when it is first asked for. It ends with this process,
// whose end of the pipe goes away.
var theGuest = sync.OnceValues(startGuest)

// errSkip is why there is no guest, when that is no failure.
type errSkip struct {
	reason error
	output string
}

func (e *errSkip) Error() string { return e.reason.Error() }

func startGuest() (*guest, error) {
	rex := os.Getenv("REX_BIN")
	if rex == "" {
		var err error
		if rex, err = exec.LookPath("rex"); err != nil {
			return nil, &errSkip{reason: ErrNoRex}
		}
	}
	dir, err := os.MkdirTemp("", "rextest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	object := filepath.Join(dir, "test.rexo")
	// The directory of a test's package is where go test runs it.
	if out, err := exec.Command(rex, "build", "-o", object, ".").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the extension: %w\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	g := &guest{stderr: new(bytes.Buffer)}
	cmd := exec.Command(rex, "vm", "-smp", fmt.Sprint(NumCPU), "-t", "1h", "--", self)
	cmd.Env = append(os.Environ(), envServe+"="+object)
	cmd.Stderr = g.stderr
	if g.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	g.answers = json.NewDecoder(stdout)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g.wait = sync.OnceValue(cmd.Wait)
	var ready outcome
	if err := g.answers.Decode(&ready); err != nil {
		return nil, g.gone()
	}
	return g, nil
}

// gone says why the guest answers no more.
func (g *guest) gone() error {
	err := g.wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == exitSetup {
		return &errSkip{ErrNoVM, g.stderr.String()}
	}
	return fmt.Errorf("the virtual machine ended: %w\n%s", err, g.stderr)
}

// runInVM runs a test of this binary again.
func runInVM(t *testing.T, name string) {
	g, err := theGuest()
	var skip *errSkip
	switch {
	case errors.As(err, &skip):
		if skip.output != "" {
			t.Log(skip.output)
		}
		t.Skip(&Skip{skip.reason})
	case err != nil:
		t.Fatal(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, err := fmt.Fprintln(g.stdin, name); err != nil {
		t.Fatal(g.gone())
	}
	var got outcome
	if err := g.answers.Decode(&got); err != nil {
		t.Fatal(g.gone())
	}
	if !got.OK {
		t.Errorf("in the kernel:\n%s", got.Output)
	} else if strings.Contains(got.Output, "--- SKIP: "+name+" ") {
		t.Skip(strings.TrimSpace(got.Output))
	}
}
