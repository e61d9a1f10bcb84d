// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rex-go/rex/internal/usercache"
)

// Sanitizer is the flavour that is built here rather than fetched: from
// Debian's source package, with the kernel's checkers (KASAN, lockdep,
// kmemleak, …).
const Sanitizer = "sanitizer"

// sanitizerConfig is what the kernel is configured with, on top of Kconfig's
// defaults.
//
//go:embed sanitizer.config
var sanitizerConfig string

// sanitizerInfix is what stands for Debian's package infix in the cache: another
// configuration is another kernel.
var sanitizerInfix = func() string {
	sum := sha256.Sum256([]byte(sanitizerConfig))
	return Sanitizer + "-" + hex.EncodeToString(sum[:4])
}()

// Sanitizers reports whether the kernel is one that buildSanitizer made.
func (k *Kernel) Sanitizers() bool { return HasSanitizers(k.Release) }

// HasSanitizers is Sanitizers for the kernel of a release (uname -r).
func HasSanitizers(release string) bool { return strings.HasSuffix(release, "-"+Sanitizer) }

// sourcePackage has the kernel's sources as a tar file.
const sourcePackage = "linux-source-" + series

// newestSource returns the newest version of the source package: the kernel's,
// and Debian's.
func (f *fetcher) newestSource() (kernel, debian string, err error) {
	for {
		text, err := f.output("", "apt-cache", "show", "--no-all-versions", sourcePackage)
		if err == nil {
			for line := range strings.Lines(text) {
				if v, ok := strings.CutPrefix(line, "Version: "); ok {
					debian = strings.TrimSpace(v)
					kernel, _, _ = strings.Cut(debian, "-")
					return kernel, debian, nil
				}
			}
		}
		if f.updated {
			return "", "", fmt.Errorf("%w: no package %s in the package lists (it is in Debian 12's bookworm-security and bookworm-backports; add one to the sources of apt)", ErrFetch, sourcePackage)
		}
		if err := f.update(); err != nil {
			return "", "", err
		}
	}
}

// buildSanitizer fills root, as FetchKernel's unpack does, with a kernel built
// from the sources of a Debian version. A build that fails or is interrupted is
// continued by the next.
func (f *fetcher) buildSanitizer(root, debian string) error {
	cache, err := usercache.Dir("kernel-build")
	if err != nil {
		return err
	}
	tree := filepath.Join(cache, debian+"-"+Sanitizer)
	if _, err := os.Stat(filepath.Join(tree, "Makefile")); err != nil {
		if err := f.unpackSource(cache, tree, debian); err != nil {
			return err
		}
	}
	logName := tree + ".log"
	log, err := os.Create(logName)
	if err != nil {
		return fmt.Errorf("build kernel: %w", err)
	}
	defer log.Close()
	b := &kernelBuild{ctx: f.ctx, tree: tree, log: log}
	fmt.Fprintf(f.progress, "rex: building the %s kernel from %s %s: an hour of a processor's time, once (log: %s)\n", Sanitizer, sourcePackage, debian, logName)
	if err := b.configure(); err != nil {
		return err
	}
	if err := b.make(fmt.Sprintf("-j%d", runtime.NumCPU()), "bzImage", "modules"); err != nil {
		return err
	}
	release, err := os.ReadFile(filepath.Join(tree, "include/config/kernel.release"))
	if err != nil {
		return fmt.Errorf("build kernel: %w", err)
	}
	if err := b.install(root, strings.TrimSpace(string(release))); err != nil {
		return err
	}
	if _, err := f.output("", "depmod", "-b", root, strings.TrimSpace(string(release))); err != nil {
		return fmt.Errorf("build kernel: %w (install the package kmod)", err)
	}
	return os.RemoveAll(tree)
}

// unpackSource downloads the source package and unpacks the tree in it.
func (f *fetcher) unpackSource(cache, tree, debian string) error {
	tmp, err := os.MkdirTemp(cache, ".fetch-")
	if err != nil {
		return fmt.Errorf("fetch kernel: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil { // for _apt
		return fmt.Errorf("fetch kernel: %w", err)
	}
	fmt.Fprintf(f.progress, "rex: downloading %s %s\n", sourcePackage, debian)
	if _, err := f.output(tmp, "apt-get", "-q", "download", sourcePackage+"="+debian); err != nil {
		return fmt.Errorf("%w: download %s: %w", ErrFetch, sourcePackage, err)
	}
	debs, err := filepath.Glob(filepath.Join(tmp, "*.deb"))
	if err != nil || len(debs) != 1 {
		return fmt.Errorf("%w: download %s: got %d packages (%v)", ErrFetch, sourcePackage, len(debs), err)
	}
	if _, err := f.output(tmp, "dpkg", "-x", debs[0], tmp); err != nil {
		return fmt.Errorf("%w: unpack %s: %w", ErrFetch, sourcePackage, err)
	}
	archive := filepath.Join(tmp, "usr", "src", sourcePackage+".tar.xz")
	if _, err := f.output(tmp, "tar", "-xf", archive); err != nil {
		return fmt.Errorf("%w: unpack %s: %w", ErrFetch, sourcePackage, err)
	}
	if err := os.Rename(filepath.Join(tmp, sourcePackage), tree); err != nil {
		return fmt.Errorf("fetch kernel: %w", err)
	}
	return nil
}

// kernelBuild is one build in a source tree.
type kernelBuild struct {
	ctx  context.Context
	tree string
	log  io.Writer
}

// run runs a command in the tree, its output into the log.
func (b *kernelBuild) run(name string, args ...string) error {
	cmd := exec.CommandContext(b.ctx, name, args...)
	cmd.Dir = b.tree
	cmd.Stdout, cmd.Stderr = b.log, b.log
	// What a surrounding make hands down is not meant for the kernel's.
	for _, kv := range os.Environ() {
		switch k, _, _ := strings.Cut(kv, "="); k {
		case "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "KERNEL", "ARCH", "CROSS_COMPILE", "O", "V":
		default:
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C", "LANG=C")
	if err := cmd.Run(); err != nil {
		if b.ctx.Err() != nil {
			return fmt.Errorf("build kernel: %w", context.Cause(b.ctx))
		}
		return fmt.Errorf("build kernel: %s %s: %w (its output is in %s.log; it needs the packages that make sanitizer-kernel installs)", name, strings.Join(args, " "), err, b.tree)
	}
	return nil
}

func (b *kernelBuild) make(args ...string) error { return b.run("make", args...) }

// configure writes .config, if this is not the one that is there, and checks
// that nothing that was asked for is missing from it.
func (b *kernelBuild) configure() error {
	wanted := filepath.Join(b.tree, ".rex.config")
	if have, err := os.ReadFile(wanted); err == nil && string(have) == sanitizerConfig {
		if _, err := os.Stat(filepath.Join(b.tree, ".config")); err == nil {
			return nil
		}
	}
	if err := os.WriteFile(wanted, []byte(sanitizerConfig), 0o644); err != nil {
		return fmt.Errorf("configure kernel: %w", err)
	}
	if err := b.make("KCONFIG_ALLCONFIG=.rex.config", "alldefconfig"); err != nil {
		return err
	}
	got, err := os.ReadFile(filepath.Join(b.tree, ".config"))
	if err != nil {
		return fmt.Errorf("configure kernel: %w", err)
	}
	if lost := lostOptions(sanitizerConfig, string(got)); len(lost) > 0 {
		os.Remove(wanted)
		return fmt.Errorf("configure kernel: these lines did not survive Kconfig: %s (a dependency of theirs is missing)", strings.Join(lost, ", "))
	}
	return nil
}

// lostOptions returns the lines of a configuration fragment that do not hold in
// a configuration. An option that is off may be absent there.
func lostOptions(fragment, config string) (lost []string) {
	value := map[string]string{}
	for line := range strings.Lines(config) {
		if name, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			value[name] = v
		}
	}
	for line := range strings.Lines(fragment) {
		line = strings.TrimSpace(line)
		name, want, set := strings.Cut(line, "=")
		if off, ok := strings.CutSuffix(line, " is not set"); ok {
			name, want = strings.TrimPrefix(off, "# "), ""
		} else if !set || strings.HasPrefix(line, "#") {
			continue
		}
		if value[name] != want {
			lost = append(lost, line)
		}
	}
	return lost
}

// install puts the kernel, and what building a kernel module for it takes, where
// Debian's packages have them.
func (b *kernelBuild) install(root, release string) error {
	headers := filepath.Join(root, "usr", "src", "linux-headers-"+release)
	boot := filepath.Join(root, "boot")
	for _, dir := range []string{boot, filepath.Join(headers, "certs")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("install kernel: %w", err)
		}
	}
	if err := b.make("modules_install", "INSTALL_MOD_PATH="+root, "INSTALL_MOD_STRIP=1", "DEPMOD=true"); err != nil {
		return err
	}
	if err := b.make("run-command", "KBUILD_RUN_COMMAND=$(srctree)/scripts/package/install-extmod-build "+headers); err != nil {
		return err
	}
	// pahole and resolve_btfids want the kernel's types, not its code.
	if err := b.run("objcopy", "--only-section=.BTF", "--set-section-flags", ".BTF=alloc,readonly", "vmlinux", filepath.Join(headers, "vmlinux")); err != nil {
		return err
	}
	for _, file := range []struct{ from, to string }{
		{"arch/x86/boot/bzImage", filepath.Join(boot, "vmlinuz-"+release)},
		{".config", filepath.Join(boot, "config-"+release)},
		{".config", filepath.Join(headers, ".config")},
		{"System.map", filepath.Join(boot, "System.map-"+release)},
		// With these the tests sign what such a kernel is to load.
		{"certs/signing_key.pem", filepath.Join(headers, "certs", "signing_key.pem")},
		{"certs/signing_key.x509", filepath.Join(headers, "certs", "signing_key.x509")},
	} {
		data, err := os.ReadFile(filepath.Join(b.tree, file.from))
		if err != nil {
			return fmt.Errorf("install kernel: %w", err)
		}
		if err := os.WriteFile(file.to, data, 0o644); err != nil {
			return fmt.Errorf("install kernel: %w", err)
		}
	}
	// Absolute, and into the source tree, which goes.
	modules := filepath.Join(root, "lib", "modules", release)
	for _, link := range []string{"build", "source"} {
		if err := os.Remove(filepath.Join(modules, link)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("install kernel: %w", err)
		}
	}
	if err := os.Symlink("../../../usr/src/linux-headers-"+release, filepath.Join(modules, "build")); err != nil {
		return fmt.Errorf("install kernel: %w", err)
	}
	return nil
}
