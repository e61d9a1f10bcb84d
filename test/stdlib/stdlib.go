// SPDX-License-Identifier: Apache-2.0

// Package stdlib tests the standard library as compiled into extensions, and
// lists in docs/stdlib.md which functions can be used there.
package stdlib

import (
	"os"
	"path/filepath"

	"github.com/rex-go/rex/test/native"
)

// programs returns the files of the test program.
func programs() (map[string][]byte, error) {
	names, err := filepath.Glob(filepath.Join(native.Root(), "test/stdlib/testdata/*.go"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	return files, nil
}
