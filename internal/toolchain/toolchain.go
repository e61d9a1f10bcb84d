// SPDX-License-Identifier: Apache-2.0

// Package toolchain finds and runs the LLVM tools that the compiler needs.
package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Major is the LLVM release the compiler is written for: textual IR, pass
// names and the shape of the code that the audit accepts belong to it.
const Major = 19

// EnvBin names the environment variable that, when set, holds the directory
// of the LLVM tools; nothing else is searched then.
const EnvBin = "REX_LLVM_BIN"

// Names of the tools.
const (
	Clang   = "clang"
	Opt     = "opt"
	LLC     = "llc"
	Objdump = "llvm-objdump"
)

// packages says which Debian package brings a tool.
var packages = map[string]string{Clang: "clang-19", Opt: "llvm-19", LLC: "llvm-19", Objdump: "llvm-19"}

// ErrNotFound: a tool is not installed.
var ErrNotFound = errors.New("LLVM tool not found")

// ErrVersion: a tool is of another LLVM release.
var ErrVersion = errors.New("wrong LLVM version")

// T is a set of LLVM tools. It is safe for concurrent use.
type T struct {
	dirs   []string
	lookup func(string) (string, error)

	mu    sync.Mutex
	found map[string]string
}

// New returns the tools of this machine: from the directory in EnvBin if set,
// else NAME-19 in PATH, else NAME in /usr/lib/llvm-19/bin. Nothing is run or
// looked for until a tool is needed.
func New() *T {
	if dir := os.Getenv(EnvBin); dir != "" {
		return In(dir)
	}
	return &T{dirs: []string{fmt.Sprintf("/usr/lib/llvm-%d/bin", Major)}, lookup: exec.LookPath}
}

// In returns the tools in one directory, named with or without the version
// suffix.
func In(dir string) *T { return &T{dirs: []string{dir}} }

// Path returns where a tool is. The error matches ErrNotFound.
func (t *T) Path(tool string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.found[tool]; ok {
		return p, nil
	}
	p, err := t.find(tool)
	if err != nil {
		return "", err
	}
	if t.found == nil {
		t.found = map[string]string{}
	}
	t.found[tool] = p
	return p, nil
}

func (t *T) find(tool string) (string, error) {
	suffixed := fmt.Sprintf("%s-%d", tool, Major)
	if t.lookup != nil {
		if p, err := t.lookup(suffixed); err == nil {
			return p, nil
		}
	}
	for _, dir := range t.dirs {
		for _, name := range []string{suffixed, tool} {
			p := filepath.Join(dir, name)
			if st, err := os.Stat(p); err == nil && !st.IsDir() && st.Mode()&0o111 != 0 {
				return p, nil
			}
		}
	}
	pkg := packages[tool]
	if pkg == "" {
		pkg = "llvm-19"
	}
	return "", fmt.Errorf("find %s: %w (install it: apt-get install %s, or set %s to the directory of LLVM %d's tools)",
		suffixed, ErrNotFound, pkg, EnvBin, Major)
}

var versionRE = regexp.MustCompile(`version (\d+)\.\S+`)

// Version returns a tool's version, such as "19.1.7", and checks that its
// release is Major. Errors match ErrNotFound or ErrVersion.
func (t *T) Version(ctx context.Context, tool string) (string, error) {
	out, err := t.Run(ctx, tool, []string{"--version"}, nil)
	if err != nil {
		return "", err
	}
	m := versionRE.FindSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("%s --version: %w: no version number in its answer", tool, ErrVersion)
	}
	v := strings.TrimPrefix(string(m[0]), "version ")
	if n, _ := strconv.Atoi(string(m[1])); n != Major {
		path, _ := t.Path(tool)
		return v, fmt.Errorf("%s is %s: %w (release %d is needed: apt-get install %s)", path, v, ErrVersion, Major, packages[tool])
	}
	return v, nil
}

// Run runs a tool with stdin and returns its standard output. A tool that
// fails gives a *RunError; one that is missing, an error matching ErrNotFound.
// Cancelling ctx kills the process.
func (t *T) Run(ctx context.Context, tool string, args []string, stdin io.Reader) ([]byte, error) {
	path, err := t.Path(tool)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = stdin
	// The C locale: messages end up in our own errors and goldens.
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("run %s: %w", tool, context.Cause(ctx))
		}
		return nil, &RunError{Tool: tool, Args: args, Stderr: stderr.String(), Err: err}
	}
	return stdout.Bytes(), nil
}
