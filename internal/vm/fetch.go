// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rex-go/rex/internal/usercache"
)

// series is the kernel series that Rex is developed on: Debian's packages of
// it have it in their names.
const series = "6.12"

// ErrFetch: a kernel could not be fetched.
var ErrFetch = errors.New("cannot fetch kernel")

// releaseFlavour returns the package infix of a release: everything after the
// part that is the same for all flavours (6.12.117+deb12-rt-amd64: rt-amd64).
func releaseFlavour(release string) string {
	_, f, _ := strings.Cut(release, "-")
	return f
}

// compareReleases orders releases by the numbers in them.
func compareReleases(a, b string) int {
	number := func(s string) []int {
		var out []int
		for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
			n, _ := strconv.Atoi(f)
			out = append(out, n)
		}
		return out
	}
	return cmp.Or(slices.Compare(number(a), number(b)), strings.Compare(a, b))
}

// CachedKernel returns the newest kernel of a flavour in the cache.
func CachedKernel(flavour string) (*Kernel, error) {
	dir, err := usercache.Dir("kernels")
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read kernel cache: %w", err)
	}
	best := ""
	for _, e := range entries {
		r := e.Name()
		if strings.HasPrefix(r, series+".") && releaseFlavour(r) == Flavours[flavour] && compareReleases(r, best) > 0 {
			best = r
		}
	}
	if best == "" {
		return nil, fmt.Errorf("find %s kernel in cache: %w", flavour, ErrNoKernel)
	}
	return OpenKernel(filepath.Join(dir, best))
}

// FetchKernel makes sure that the newest kernel of a flavour that Debian's
// package lists know is in the cache, and returns it. It installs nothing: the
// packages are downloaded and unpacked, or, for the sanitizer kernel, built.
// Parallel callers for one flavour wait for each other.
func FetchKernel(ctx context.Context, flavour string, progress io.Writer) (*Kernel, error) {
	if progress == nil {
		progress = io.Discard
	}
	dir, err := usercache.Dir("kernels")
	if err != nil {
		return nil, err
	}
	unlock, err := usercache.Lock(filepath.Join(dir, ".lock-"+flavour), "fetching the "+flavour+" kernel", progress)
	if err != nil {
		return nil, err
	}
	defer unlock()
	f := &fetcher{ctx: ctx, progress: progress}
	release, fill, err := f.plan(flavour)
	if err != nil {
		// Without a network, what is there will do.
		if k, cerr := CachedKernel(flavour); cerr == nil {
			fmt.Fprintf(progress, "rex: %v; using kernel %s from the cache\n", err, k.Release)
			return k, nil
		}
		return nil, err
	}
	final := filepath.Join(dir, release)
	if k, err := OpenKernel(final); err == nil {
		return k, nil
	}
	tmp, err := os.MkdirTemp(dir, ".fetch-")
	if err != nil {
		return nil, fmt.Errorf("fetch kernel: %w", err)
	}
	defer os.RemoveAll(tmp)
	// _apt drops privileges for downloads and must be able to look in here.
	if err := os.Chmod(tmp, 0o755); err != nil {
		return nil, fmt.Errorf("fetch kernel: %w", err)
	}
	if err := fill(tmp); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(final); err != nil {
		return nil, fmt.Errorf("fetch kernel: %w", err)
	}
	if err := os.Rename(filepath.Join(tmp, "root"), final); err != nil {
		return nil, fmt.Errorf("fetch kernel: %w", err)
	}
	return OpenKernel(final)
}

// plan says what a flavour's newest kernel is called in the cache, and how the
// directory "root" in a temporary directory becomes that kernel.
func (f *fetcher) plan(flavour string) (name string, fill func(tmp string) error, err error) {
	if flavour == Sanitizer {
		kernel, debian, err := f.newestSource()
		return kernel + "-" + sanitizerInfix, func(tmp string) error {
			return f.buildSanitizer(filepath.Join(tmp, "root"), debian)
		}, err
	}
	release, err := f.newest(flavour)
	return release, func(tmp string) error { return f.unpack(tmp, release) }, err
}

// fetcher runs the package tools.
type fetcher struct {
	ctx      context.Context
	progress io.Writer
	updated  bool
}

// output runs a command in dir and returns what it prints.
func (f *fetcher) output(dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(f.ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	if name == "depmod" && cmd.Err != nil {
		// Not in an ordinary user's PATH.
		cmd.Path, cmd.Err = "/usr/sbin/depmod", nil
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("%w: %w (fetching kernels needs Debian's apt, dpkg and kmod; or give a directory with -kernel)", ErrFetch, err)
		}
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// update refreshes the package lists, once.
func (f *fetcher) update() error {
	if f.updated {
		return nil
	}
	f.updated = true
	fmt.Fprintln(f.progress, "rex: updating the package lists")
	args := []string{"apt-get", "-qq", "update"}
	if os.Geteuid() != 0 {
		args = append([]string{"sudo", "-n"}, args...)
	}
	if _, err := f.output("", args[0], args[1:]...); err != nil {
		return fmt.Errorf("%w: update package lists: %w", ErrFetch, err)
	}
	return nil
}

// depends returns the names that a package depends on.
func (f *fetcher) depends(pkg string) ([]string, error) {
	text, err := f.output("", "apt-cache", "show", "--no-all-versions", pkg)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(text) {
		list, ok := strings.CutPrefix(line, "Depends:")
		if !ok {
			continue
		}
		for item := range strings.SplitSeq(list, ",") {
			if fields := strings.Fields(item); len(fields) > 0 {
				names = append(names, fields[0])
			}
		}
	}
	return names, nil
}

// newest returns the newest release of a flavour in the package lists, which
// it updates if they have none.
func (f *fetcher) newest(flavour string) (string, error) {
	suffix := Flavours[flavour]
	for {
		release, err := f.listed(suffix)
		if err != nil {
			return "", err
		}
		if release != "" {
			return release, nil
		}
		if f.updated {
			return "", fmt.Errorf("%w: no package linux-image-%s.*-%s in the package lists (it is in Debian 12's bookworm-security and bookworm-backports; add one to the sources of apt, or give a directory with -kernel)", ErrFetch, series, suffix)
		}
		if err := f.update(); err != nil {
			return "", err
		}
	}
}

// listed looks for the newest release in the package lists: what the meta
// package depends on, or the newest package by name.
func (f *fetcher) listed(suffix string) (string, error) {
	prefix := "linux-image-" + series
	if names, err := f.depends(prefix + "-" + suffix); err == nil {
		for _, n := range names {
			if r, ok := strings.CutPrefix(n, "linux-image-"); ok && releaseFlavour(r) == suffix {
				return r, nil
			}
		}
	}
	text, err := f.output("", "apt-cache", "pkgnames", prefix+".")
	if err != nil {
		return "", err
	}
	best := ""
	for _, n := range strings.Fields(text) {
		r := strings.TrimPrefix(n, "linux-image-")
		if releaseFlavour(r) == suffix && compareReleases(r, best) > 0 {
			best = r
		}
	}
	return best, nil
}

// unpack downloads the packages of a release into tmp and unpacks them into
// tmp/root.
func (f *fetcher) unpack(tmp, release string) error {
	headers := "linux-headers-" + release
	packages := []string{"linux-image-" + release, headers}
	needs, err := f.depends(headers)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFetch, err)
	}
	for _, n := range needs {
		if strings.HasPrefix(n, "linux-headers-") || strings.HasPrefix(n, "linux-kbuild-") {
			packages = append(packages, n)
		}
	}
	fmt.Fprintf(f.progress, "rex: downloading kernel %s (%s)\n", release, strings.Join(packages, ", "))
	download := func() error {
		_, err := f.output(tmp, "apt-get", append([]string{"-q", "download"}, packages...)...)
		return err
	}
	if err := download(); err != nil {
		// Old lists name versions that the archive no longer has.
		if uerr := f.update(); uerr != nil {
			return fmt.Errorf("%w: %w: %w", ErrFetch, err, uerr)
		}
		if err := download(); err != nil {
			return fmt.Errorf("%w: download %s: %w", ErrFetch, strings.Join(packages, ", "), err)
		}
	}
	debs, err := filepath.Glob(filepath.Join(tmp, "*.deb"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFetch, err)
	}
	root := filepath.Join(tmp, "root")
	fmt.Fprintf(f.progress, "rex: unpacking kernel %s\n", release)
	for _, deb := range debs {
		if _, err := f.output(tmp, "dpkg", "-x", deb, root); err != nil {
			return fmt.Errorf("%w: unpack %s: %w", ErrFetch, filepath.Base(deb), err)
		}
	}
	if _, err := f.output(tmp, "depmod", "-b", root, release); err != nil {
		return fmt.Errorf("%w: %w (install the package kmod)", ErrFetch, err)
	}
	return RelocateHeaders(root, release)
}

// RelocateHeaders makes the unpacked headers of a release usable where they
// lie: Debian's Makefile includes the common one by the path it has when
// installed.
func RelocateHeaders(root, release string) error {
	dir := filepath.Join(root, "usr", "src", "linux-headers-"+release)
	name := filepath.Join(dir, "Makefile")
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("%w: read headers: %w", ErrFetch, err)
	}
	// Found from the including Makefile, so that the directory can be moved.
	here := "$(dir $(realpath $(lastword $(MAKEFILE_LIST))))"
	fixed := strings.ReplaceAll(string(text), "include /usr/src/", "include "+here+"../")
	if err := os.WriteFile(name, []byte(fixed), 0o644); err != nil {
		return fmt.Errorf("%w: fix headers: %w", ErrFetch, err)
	}
	for _, link := range []string{"build", "source"} {
		path := filepath.Join(root, "lib", "modules", release, link)
		target, err := os.Readlink(path)
		if err != nil || !strings.HasPrefix(target, "/usr/src/") {
			continue
		}
		os.Remove(path)
		if err := os.Symlink("../../.."+target, path); err != nil {
			return fmt.Errorf("%w: fix headers: %w", ErrFetch, err)
		}
	}
	return nil
}
