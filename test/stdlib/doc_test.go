// SPDX-License-Identifier: Apache-2.0

package stdlib

import (
	"bytes"
	"os"
	"testing"
)

// TestDocument: docs/stdlib.md says what is so; -update writes it.
func TestDocument(t *testing.T) {
	list, err := functions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := document(list)
	const name = "../../docs/stdlib.md"
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: run go test ./test/stdlib -run TestDocument -update", name)
	}
}
