// SPDX-License-Identifier: Apache-2.0

// Package kmodbuild builds rex.ko from its C sources with a kernel's own build
// system.
package kmodbuild

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/rex-go/rex/internal/usercache"
)

// Sentinels for errors.Is.
var (
	// ErrNoHeaders: the directory is not one that kernel modules can be built
	// in.
	ErrNoHeaders = errors.New("no kernel headers")
	// ErrNoTool: a program that the build needs is not installed.
	ErrNoTool = errors.New("build tool not found")
	// ErrNoBTF: the result has no type information, so the kernel would not
	// make its functions callable.
	ErrNoBTF = errors.New("rex.ko has no BTF")
	// ErrWarnings: the build succeeded with compiler warnings.
	ErrWarnings = errors.New("compiler warnings")
)

// Config says what to build.
type Config struct {
	// Sources is the kmod directory.
	Sources fs.FS
	// Headers is the kernel's build directory; default: the running
	// kernel's.
	Headers string
	// Debug adds the self-tests, which run when rex.ko is inserted, and checks
	// of the CPU's state around every invocation.
	Debug bool
	// Progress receives a line when a build starts; may be nil.
	Progress io.Writer
}

// HostHeaders returns the build directory of the running kernel.
func HostHeaders() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "/lib/modules/build"
	}
	return "/lib/modules/" + strings.TrimSpace(string(release)) + "/build"
}

// complete fills in defaults and returns the release of the headers.
func (cfg *Config) complete() (release string, err error) {
	if cfg.Progress == nil {
		cfg.Progress = io.Discard
	}
	host := cfg.Headers == ""
	if host {
		cfg.Headers = HostHeaders()
	}
	if cfg.Headers, err = filepath.Abs(cfg.Headers); err != nil {
		return "", fmt.Errorf("build rex.ko: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(cfg.Headers, "include/config/kernel.release"))
	if err != nil {
		hint := "give the build directory of a kernel"
		if host {
			hint = "install the package linux-headers-" + strings.TrimSuffix(strings.TrimPrefix(cfg.Headers, "/lib/modules/"), "/build")
		}
		return "", fmt.Errorf("build rex.ko: %w in %s (%s)", ErrNoHeaders, cfg.Headers, hint)
	}
	return strings.TrimSpace(string(text)), nil
}

// tools lists what a build runs and the Debian package that brings it.
var tools = []struct{ name, pkg string }{
	{"make", "make"}, {"pahole", "pahole"}, {"ld", "binutils"},
}

var compilerPattern = regexp.MustCompile(`(?m)^CONFIG_CC_VERSION_TEXT="(\S+)`)

// checkTools looks for the programs that the build runs, among them the
// compiler that the kernel was built with.
func checkTools(headers string) error {
	list := tools
	if config, err := os.ReadFile(filepath.Join(headers, ".config")); err == nil {
		if m := compilerPattern.FindSubmatch(config); m != nil {
			name := string(m[1])
			pkg := name
			if i := strings.Index(name, "gcc-"); i >= 0 {
				pkg = name[i:]
			}
			list = append(list[:len(list):len(list)], struct{ name, pkg string }{name, pkg})
		}
	}
	for _, t := range list {
		if _, err := exec.LookPath(t.name); err != nil {
			return fmt.Errorf("build rex.ko: %w: %s (install the package %s)", ErrNoTool, t.name, t.pkg)
		}
	}
	return nil
}

// Build builds rex.ko and returns its bytes. Errors match the package's
// sentinels or are a *Error.
func Build(ctx context.Context, cfg Config) ([]byte, error) {
	release, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	if err := checkTools(cfg.Headers); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "rex-kmod-")
	if err != nil {
		return nil, fmt.Errorf("build rex.ko: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, cfg.Sources); err != nil {
		return nil, fmt.Errorf("build rex.ko: unpack sources: %w", err)
	}
	fmt.Fprintf(cfg.Progress, "rex: building rex.ko for %s\n", release)
	var log bytes.Buffer
	debug := "REX_DEBUG="
	if cfg.Debug {
		debug += "y"
	}
	cmd := exec.CommandContext(ctx, "make", "-C", cfg.Headers, "M="+dir,
		fmt.Sprintf("-j%d", runtime.NumCPU()), "modules", debug,
		// The kernel reports where a warning comes from by __FILE__.
		"KCFLAGS=-fmacro-prefix-map="+dir+"/=rex/")
	// LANG too: kbuild unsets LC_ALL.
	cmd.Env = append(withoutMakeVariables(os.Environ()), "LC_ALL=C", "LANG=C", "LC_MESSAGES=C", "LC_CTYPE=C")
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("build rex.ko: %w", context.Cause(ctx))
		}
		return nil, newError(err, log.String(), dir)
	}
	if warned(log.String()) {
		return nil, newError(ErrWarnings, log.String(), dir)
	}
	ko, err := os.ReadFile(filepath.Join(dir, "rex.ko"))
	if err != nil {
		return nil, newError(err, log.String(), dir)
	}
	if err := checkBTF(ko); err != nil {
		return nil, newError(err, log.String(), dir)
	}
	return ko, nil
}

// withoutMakeVariables removes what a surrounding make hands down: its options
// and job server are not meant for the kernel's makefiles.
func withoutMakeVariables(env []string) []string {
	var out []string
	for _, kv := range env {
		switch k, _, _ := strings.Cut(kv, "="); k {
		case "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "KERNEL", "ARCH", "CROSS_COMPILE", "KCFLAGS", "M", "O", "V", "W":
		default:
			out = append(out, kv)
		}
	}
	return out
}

// warned reports whether the build printed a warning that is about the sources.
// Kbuild's remark on the compiler's exact version is not.
func warned(log string) bool {
	for line := range strings.Lines(log) {
		line = strings.ToLower(line)
		if strings.Contains(line, "warning:") && !strings.Contains(line, "the compiler differs from") {
			return true
		}
	}
	return false
}

// checkBTF checks that the kernel module carries type information.
func checkBTF(ko []byte) error {
	f, err := elf.NewFile(bytes.NewReader(ko))
	if err != nil {
		return fmt.Errorf("read rex.ko: %w", err)
	}
	defer f.Close()
	if f.Section(".BTF") == nil {
		return fmt.Errorf("%w (is pahole installed, and vmlinux in the headers directory?)", ErrNoBTF)
	}
	return nil
}

// Cached returns the path of rex.ko in the user's cache, building it if the
// sources or the headers have changed since. Parallel callers wait for each
// other.
func Cached(ctx context.Context, cfg Config) (string, error) {
	release, err := cfg.complete()
	if err != nil {
		return "", err
	}
	key, err := hash(cfg.Sources, cfg.Headers)
	if err != nil {
		return "", fmt.Errorf("build rex.ko: %w", err)
	}
	if cfg.Debug {
		key += "-debug"
	}
	dir, err := usercache.Dir("rex.ko", release+"-"+key)
	if err != nil {
		return "", err
	}
	ko := filepath.Join(dir, "rex.ko")
	if _, err := os.Stat(ko); err == nil {
		return ko, nil
	}
	unlock, err := usercache.Lock(filepath.Join(dir, ".lock"), "building rex.ko", cfg.Progress)
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(ko); err == nil {
		return ko, nil
	}
	data, err := Build(ctx, cfg)
	if err != nil {
		return "", err
	}
	if err := usercache.WriteFile(ko, data); err != nil {
		return "", fmt.Errorf("build rex.ko: %w", err)
	}
	return ko, nil
}

// hash identifies the inputs of a build: every source file, and the kernel by
// its exported symbols' checksums.
func hash(sources fs.FS, headers string) (string, error) {
	h := sha256.New()
	add := func(name string, f io.ReadCloser, err error) error {
		if err != nil {
			return err
		}
		defer f.Close()
		fmt.Fprintf(h, "\x00%s\x00", name)
		_, err = io.Copy(h, f)
		return err
	}
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := sources.Open(path)
		return add(path, f, err)
	})
	if err != nil {
		return "", err
	}
	f, err := os.Open(filepath.Join(headers, "Module.symvers"))
	if err := add("Module.symvers", f, err); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
