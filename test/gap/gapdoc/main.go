// SPDX-License-Identifier: Apache-2.0

// Command gapdoc writes docs/gap.md and docs/sizes.md.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rex-go/rex/test/gap"
)

// root is the repository, seen from test/gap, where go generate runs this.
var root = filepath.Join("..", "..")

func main() {
	err := errors.Join(write(gap.DocFile, gap.Doc), write(gap.SizesFile, gap.Sizes))
	if err != nil {
		fmt.Fprintln(os.Stderr, "gapdoc:", err)
		os.Exit(1)
	}
}

func write(file string, contents func(root string) ([]byte, error)) error {
	doc, err := contents(root)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, file), doc, 0o644)
}
