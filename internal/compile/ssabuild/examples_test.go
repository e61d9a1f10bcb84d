// SPDX-License-Identifier: Apache-2.0

package ssabuild_test

import (
	"context"
	"errors"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/compile/lower"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/compile/ssabuild"
	"github.com/rex-go/rex/internal/diag"
)

// file makes a compilable file of an example's declarations: with the imports
// that it uses, and a program if it has none.
func file(text string) string {
	if strings.HasPrefix(text, "package") {
		return text
	}
	body, imports := text, ""
	if !strings.Contains(body, "//rex:") || strings.Contains(body, "//rex:tc") {
		body += "\n//rex:xdp\nfunc Main(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n"
	}
	if strings.Contains(body, "rex.") {
		imports += "import \"github.com/rex-go/rex\"\n"
	}
	if strings.Contains(body, "xdp.") {
		imports += "import \"github.com/rex-go/rex/xdp\"\n"
	}
	return "package example\n\n" + imports + body
}

// compile runs the stages that find what is wrong with a source over one file.
func compile(ctx context.Context, text string) (*ssabuild.Program, error) {
	dir, err := filepath.Abs("testdata/example")
	if err != nil {
		return nil, err
	}
	src, err := source.Load(ctx, source.Config{
		Pattern: dir,
		Overlay: map[string][]byte{filepath.Join(dir, "example.go"): []byte(text)},
	})
	if err != nil {
		return nil, err
	}
	res, err := check.Check(src)
	if err != nil {
		return nil, err
	}
	p, err := ssabuild.Build(res, ssabuild.Options{Sanity: true, Provided: lower.Provided})
	if err != nil {
		return nil, err
	}
	if _, list := lower.Lower(p); len(list) > 0 {
		return nil, list
	}
	return p, nil
}

// TestDocumentedExamples: what the documentation of a code calls wrong gives
// that code and nothing else, and what it calls right gives nothing.
func TestDocumentedExamples(t *testing.T) {
	for _, g := range diag.Groups() {
		for _, e := range g.Entries {
			t.Run(string(e.Code), func(t *testing.T) {
				t.Parallel()
				if e.Bad != "" {
					_, err := compile(t.Context(), file(e.Bad))
					var list diag.List
					if !errors.As(err, &list) {
						t.Fatalf("wrong example: got %v, want diagnostics", err)
					}
					for _, d := range list {
						if d.Code != e.Code {
							t.Errorf("wrong example: unexpected %v", d)
						}
						if d.Pos == (token.Position{}) {
							t.Errorf("wrong example: no position: %v", d)
						}
					}
				}
				if e.Good != "" {
					if _, err := compile(t.Context(), file(e.Good)); err != nil {
						t.Errorf("right example: %v", err)
					}
				}
			})
		}
	}
}
