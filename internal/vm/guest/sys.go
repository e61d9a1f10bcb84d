// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"

	"golang.org/x/sys/unix"
)

// loadModules inserts every kernel module in dir, in file-name order.
func loadModules(dir string) error {
	paths, err := filepath.Glob(dir + "/*.ko")
	if err != nil {
		return fmt.Errorf("find kernel modules: %w", err)
	}
	sort.Strings(paths)
	for _, p := range paths {
		if err := insertModule(p); err != nil {
			return err
		}
	}
	return nil
}

// insertModule inserts one uncompressed kernel module.
func insertModule(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("insert kernel module: %w", err)
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil {
		return fmt.Errorf("insert kernel module %s: %w (the kernel log says why)", path, err)
	}
	return nil
}

// linkUp sets a network interface up.
func linkUp(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("set %s up: %w", name, err)
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq(name)
	if err != nil {
		return fmt.Errorf("set %s up: %w", name, err)
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req); err != nil {
		return fmt.Errorf("set %s up: %w", name, err)
	}
	return nil
}

func sleepMillis(n int) { time.Sleep(time.Duration(n) * time.Millisecond) }
