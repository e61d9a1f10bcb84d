// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// loadedModule reads the identity of a loaded kernel module from its sysfs
// directory.
func loadedModule(sysfs fs.FS) (identity, error) {
	var id identity
	note, err := fs.ReadFile(sysfs, "notes/.note.gnu.build-id")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return id, fmt.Errorf("read build id of rex.ko: %w", err)
	}
	if err == nil {
		id.buildID = note
	}
	src, err := fs.ReadFile(sysfs, "srcversion")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return id, fmt.Errorf("read source version of rex.ko: %w", err)
	}
	id.srcversion = strings.TrimSpace(string(src))
	return id, nil
}
