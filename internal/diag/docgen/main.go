// SPDX-License-Identifier: Apache-2.0

// Docgen writes docs/subset.md from the registry of diagnostics. It is run by
// go generate in the package above.
package main

import (
	"fmt"
	"os"

	"github.com/rex-go/rex/internal/diag"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: docgen FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(diag.Markdown()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}
