// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ErrNoBPFFS: a directory is not on a BPF file system.
var ErrNoBPFFS = errors.New("not on a BPF file system")

// CheckBPFFS reports whether BPF objects can be pinned in a directory, and
// whether what is there is nothing else.
func CheckBPFFS(dir string) error {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return fmt.Errorf("look at %s: %w", dir, err)
	}
	if st.Type != unix.BPF_FS_MAGIC {
		return fmt.Errorf("%s: %w (mount -t bpf bpf /sys/fs/bpf mounts one)", dir, ErrNoBPFFS)
	}
	return nil
}
