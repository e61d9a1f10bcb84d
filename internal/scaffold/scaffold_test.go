// SPDX-License-Identifier: Apache-2.0

package scaffold_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/scaffold"
	"github.com/rex-go/rex/internal/testutil"
)

// sdk is the checkout that this test belongs to.
func sdk(t *testing.T) scaffold.SDK {
	t.Helper()
	s, err := scaffold.FindSDK("../..")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// module makes a new Go module outside this repository's tree.
func module(t *testing.T, typ, name string) string {
	t.Helper()
	files, err := scaffold.Files(scaffold.Config{Type: typ, Name: name, SDK: sdk(t)})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), name)
	if err := scaffold.Write(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs a command without network access.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestTypes(t *testing.T) {
	if got := scaffold.Types(); len(got) == 0 {
		t.Fatal("no templates")
	}
	for _, typ := range scaffold.Types() {
		t.Run(typ, func(t *testing.T) {
			dir := module(t, typ, "sample")
			if out := run(t, dir, "go", "test", "./..."); !strings.Contains(out, "ok  \texample.com/sample\t") {
				t.Errorf("go test printed:\n%s", out)
			}
			run(t, dir, "go", "vet", "./...")
			if out := run(t, dir, "gofmt", "-l", "."); out != "" {
				t.Errorf("not formatted: %s", out)
			}
			for _, name := range []string{"README.md", ".gitignore", "cmd/sample/main.go"} {
				raw, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Error(err)
				}
				if bytes.Contains(raw, []byte("<no value>")) || bytes.Contains(raw, []byte("{{")) {
					t.Errorf("%s has a placeholder left", name)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	s := sdk(t)
	for name, good := range map[string]bool{
		"a": true, "count_2": true, strings.Repeat("x", 55): true,
		"": false, "2a": false, "Count": false, "a-b": false, "_a": false, "func": false,
		"rex": false, "main": false, "x_test": false, strings.Repeat("x", 56): false,
	} {
		_, err := scaffold.Files(scaffold.Config{Type: "xdp", Name: name, SDK: s})
		if good && err != nil || !good && !errors.Is(err, scaffold.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := scaffold.Files(scaffold.Config{Type: "floppy", Name: "a", SDK: s}); !errors.Is(err, scaffold.ErrType) {
		t.Errorf("unknown type: %v", err)
	}
}

func TestWriteRefusesFiles(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]byte{"a/b.txt": []byte("new")}
	if err := scaffold.Write(dir, files); err != nil {
		t.Fatal(err)
	}
	if err := scaffold.Write(dir, files); !errors.Is(err, scaffold.ErrExists) {
		t.Errorf("second time: %v", err)
	}
}

func TestFindSDK(t *testing.T) {
	if _, err := scaffold.FindSDK(t.TempDir()); !errors.Is(err, scaffold.ErrNoSDK) {
		t.Errorf("empty directory: %v", err)
	}
	t.Setenv(scaffold.EnvSDK, "../..")
	if s, err := scaffold.FindSDK(""); err != nil || !filepath.IsAbs(s.Dir) {
		t.Errorf("from the environment: %+v, %v", s, err)
	}
}

// TestPublished: with a published SDK the go.mod has neither a replacement nor
// sums, which the go command adds.
func TestPublished(t *testing.T) {
	files, err := scaffold.Files(scaffold.Config{Type: "xdp", Name: "a", Module: "example.org/x/a", SDK: scaffold.SDK{Version: "v1.2.3"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "module example.org/x/a\n\ngo 1.26.0\n\nrequire github.com/rex-go/rex v1.2.3\n"
	if got := string(files["go.mod"]); got != want {
		t.Errorf("go.mod:\n%s", got)
	}
	if files["go.sum"] != nil || bytes.Contains(files["README.md"], []byte("dropreplace")) {
		t.Error("made for a directory")
	}
}

// TestBoot compiles every template and runs it in one VM: with rex run, and
// with its own host program.
func TestBoot(t *testing.T) {
	testutil.RequireBoot(t)
	rex := testutil.Rex(t)
	bin := t.TempDir()
	var script strings.Builder
	// Something for every type to see: packets, a process, system calls. Each
	// command is slow the first time, when the guest reads it from the host.
	const traffic = "bash -c 'echo hi >/dev/udp/127.0.0.1/9999; echo hi >/dev/udp/127.0.0.1/9998' || true; touch /tmp/x; /usr/bin/rm /tmp/x"
	script.WriteString("set -e\nip link set lo up\n" + traffic + "\n")
	for _, typ := range scaffold.Types() {
		name := "new" + typ
		dir := module(t, typ, name)
		object, host := filepath.Join(bin, name+".rexo"), filepath.Join(bin, name)
		run(t, dir, rex, "check", ".")
		run(t, dir, rex, "build", "-o", object, ".")
		run(t, dir, "go", "build", "-o", host, "./cmd/"+name)
		iface := ""
		if typ == "xdp" || typ == "tc" {
			iface = "-iface lo "
		}
		fmt.Fprintf(&script, "%s run %s-for 1s %s\n", rex, iface, object)
		fmt.Fprintf(&script, "%s %s-for 5s %s >%s.out &\n", host, iface, object, host)
		// It prints once it is attached.
		fmt.Fprintf(&script, "i=0; while [ ! -s %s.out ] && [ $i -lt 300 ]; do i=$((i+1)); sleep 0.1; done\n", host)
		fmt.Fprintf(&script, "for i in 1 2 3 4; do %s; sleep 0.5; done\n", traffic)
		fmt.Fprintf(&script, "wait $!\necho %s: $(tail -n 1 %s.out)\n", typ, host)
	}
	out := run(t, bin, rex, "vm", "-t", "8m", "--", "sh", "-c", script.String())
	for _, typ := range scaffold.Types() {
		if !strings.Contains(out, "rex: unloaded new"+typ+"\n") {
			t.Errorf("%s: rex run did not end well", typ)
		}
		// Every count of the last line must have moved.
		line := regexp.MustCompile(`(?m)^` + typ + `: \{(.*)\}$`).FindStringSubmatch(out)
		if line == nil || regexp.MustCompile(`:0\b`).MatchString(line[1]) {
			t.Errorf("%s: the host program printed %q", typ, line)
		}
	}
	if t.Failed() {
		t.Logf("output:\n%s", out)
	}
}
