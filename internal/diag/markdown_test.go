// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"os"
	"testing"
)

// TestDocsAreFresh: docs/subset.md is what go generate would write.
func TestDocsAreFresh(t *testing.T) {
	got, err := os.ReadFile("../../docs/subset.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Markdown() {
		t.Error("docs/subset.md is stale (run go generate ./internal/diag)")
	}
}
