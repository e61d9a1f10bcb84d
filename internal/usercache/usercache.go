// SPDX-License-Identifier: Apache-2.0

// Package usercache keeps what Rex fetches and builds for itself (kernels,
// rex.ko) in the user's cache directory.
package usercache

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Dir makes and returns the directory elem… in Rex's part of the user's cache.
func Dir(elem ...string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache: %w (set HOME or XDG_CACHE_HOME)", err)
	}
	dir := filepath.Join(append([]string{base, "rex"}, elem...)...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make cache: %w", err)
	}
	return dir, nil
}

// Lock takes an exclusive lock on a file, which it creates. While another
// process has it, it says so on progress, with what as the other's activity,
// and waits. The lock ends with the process if not before.
func Lock(path, what string, progress io.Writer) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock cache: %w", err)
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		fmt.Fprintf(progress, "rex: waiting for another process that is %s\n", what)
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			f.Close()
			return nil, fmt.Errorf("lock cache: %w", err)
		}
	}
	return func() { f.Close() }, nil
}

// WriteFile writes a file so that nobody sees it half written.
func WriteFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
