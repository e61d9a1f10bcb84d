// SPDX-License-Identifier: Apache-2.0

// Command gapdoc writes docs/gap.md.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/rex-go/rex/test/gap"
)

// root is the repository, seen from test/gap, where go generate runs this.
var root = filepath.Join("..", "..")

func main() {
	doc, err := gap.Doc(root)
	if err == nil {
		err = os.WriteFile(filepath.Join(root, gap.DocFile), doc, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gapdoc:", err)
		os.Exit(1)
	}
}
