// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"github.com/rex-go/rex/internal/usercache"
)

// Flavours maps the names of the kernels to what follows the version in the
// names of their Debian packages, or in the cache.
var Flavours = map[string]string{"stock": "amd64", "rt": "rt-amd64", "cloud": "cloud-amd64", Sanitizer: sanitizerInfix}

// ErrNoKernel: a directory holds no unpacked kernel.
var ErrNoKernel = errors.New("no kernel image")

// Kernel is an unpacked kernel.
type Kernel struct {
	Release string // as uname -r prints it
	Root    string // directory with boot/, lib/ and usr/
	Image   string // boot/vmlinuz-RELEASE
	Modules string // lib/modules/RELEASE
	// Headers is the directory to build kernel modules in; empty when the
	// headers are not there.
	Headers string
}

// OpenKernel describes the kernel unpacked in dir: the root of the unpacked
// packages, or any directory with boot/vmlinuz-RELEASE and
// lib/modules/RELEASE.
func OpenKernel(dir string) (*Kernel, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open kernel: %w", err)
	}
	images, err := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*"))
	if err != nil {
		return nil, fmt.Errorf("open kernel: %w", err)
	}
	if len(images) == 0 {
		return nil, fmt.Errorf("open kernel %s: %w (want boot/vmlinuz-RELEASE in it)", dir, ErrNoKernel)
	}
	sort.Strings(images)
	image := images[len(images)-1]
	k := &Kernel{Root: dir, Image: image, Release: strings.TrimPrefix(filepath.Base(image), "vmlinuz-")}
	k.Modules = filepath.Join(dir, "lib", "modules", k.Release)
	if _, err := os.Stat(filepath.Join(k.Modules, "modules.dep")); err != nil {
		return nil, fmt.Errorf("open kernel: %w (run depmod -b %s %s)", err, dir, k.Release)
	}
	headers := filepath.Join(dir, "usr", "src", "linux-headers-"+k.Release)
	if _, err := os.Stat(filepath.Join(headers, "Module.symvers")); err == nil {
		k.Headers = headers
	}
	return k, nil
}

// FindKernel returns the kernel that name stands for: a flavour, which is
// fetched if the cache has none, or a directory.
func FindKernel(ctx context.Context, name string, progress io.Writer) (*Kernel, error) {
	if _, ok := Flavours[name]; !ok {
		return OpenKernel(name)
	}
	if k, err := CachedKernel(name); err == nil {
		return k, nil
	}
	return FetchKernel(ctx, name, progress)
}

// bootModuleNames are the kernel modules that reaching the root file system
// takes; their dependencies are added.
var bootModuleNames = []string{"9pnet_virtio", "9p", "overlay"}

// bootModules returns uncompressed copies of bootModuleNames and what they
// depend on, in the order of loading. The copies are kept beside the kernel
// when that is writable.
func (k *Kernel) bootModules() ([]string, error) {
	deps, err := readDeps(filepath.Join(k.Modules, "modules.dep"))
	if err != nil {
		return nil, err
	}
	var order []string
	seen := make(map[string]bool)
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			order = append(order, path)
		}
	}
	for _, name := range bootModuleNames {
		for path, needs := range deps {
			if moduleName(path) != name {
				continue
			}
			// modules.dep lists what is needed first last.
			for i := len(needs) - 1; i >= 0; i-- {
				add(needs[i])
			}
			add(path)
		}
	}
	out := make([]string, len(order))
	for i, path := range order {
		if out[i], err = k.uncompressed(path); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// moduleName is the name of the kernel module in a file.
func moduleName(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// readDeps reads a modules.dep: paths relative to its directory, each with
// what it needs.
func readDeps(name string) (map[string][]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read kernel module dependencies: %w", err)
	}
	defer f.Close()
	deps := make(map[string][]string)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if path, needs, ok := strings.Cut(lines.Text(), ":"); ok {
			deps[path] = strings.Fields(needs)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read kernel module dependencies: %w", err)
	}
	return deps, nil
}

// uncompressed returns the path of an uncompressed copy of a kernel module.
func (k *Kernel) uncompressed(path string) (string, error) {
	from := filepath.Join(k.Modules, path)
	var tool string
	switch filepath.Ext(path) {
	case ".ko":
		return from, nil
	case ".xz":
		tool = "xz"
	case ".zst":
		tool = "zstd"
	case ".gz":
		tool = "gzip"
	default:
		return "", fmt.Errorf("uncompress %s: unknown suffix", from)
	}
	cache, err := usercache.Dir("modules", k.Release)
	if err != nil {
		return "", err
	}
	to := filepath.Join(cache, moduleName(path)+".ko")
	if fresh(to, from) {
		return to, nil
	}
	data, err := exec.Command(tool, "-dc", from).Output()
	if err != nil {
		return "", fmt.Errorf("uncompress %s: %w (is %s installed?)", from, err, tool)
	}
	if err := usercache.WriteFile(to, data); err != nil {
		return "", fmt.Errorf("uncompress %s: %w", from, err)
	}
	return to, nil
}

// fresh reports whether file is there and not older than its source.
func fresh(file, source string) bool {
	f, err1 := os.Stat(file)
	s, err2 := os.Stat(source)
	return err1 == nil && err2 == nil && !f.ModTime().Before(s.ModTime())
}
