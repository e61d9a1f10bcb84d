// SPDX-License-Identifier: Apache-2.0

package foreign_test

import (
	"path/filepath"
	"testing"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/check/rules/foreign"
	"github.com/rex-go/rex/internal/compile/check/ruletest"
	"github.com/rex-go/rex/internal/diag"
)

// TestRule: what stands in files that are not part of the Go package (the
// assembly file, the file that cgo=0 leaves out) has no expectation comment in
// it, so those two are taken out of the list first.
func TestRule(t *testing.T) {
	src := ruletest.Load(t, "testdata/a")
	pass := &rule.Pass{Source: src, Pkg: src.Root}
	foreign.Rule.Run(pass)
	var rest diag.List
	found := map[string]diag.Code{}
	for _, d := range pass.Problems {
		if base := filepath.Base(d.Pos.Filename); base != "a.go" {
			found[base] = d.Code
			continue
		}
		rest = append(rest, d)
	}
	ruletest.Compare(t, src, rest)
	if found["a_amd64.s"] != diag.Assembly || found["cgo.go"] != diag.Cgo || len(found) != 2 {
		t.Errorf("problems outside of Go files: %v", found)
	}
}
