// SPDX-License-Identifier: Apache-2.0

package compile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/rex-go/rex/internal/compile"
)

// TestCached: an object comes from the cache when nothing has changed, and only
// then; a damaged entry is made anew.
func TestCached(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "examples/empty/empty.go")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := func(cfg compile.Config) ([]byte, bool) {
		t.Helper()
		cfg.Dir, cfg.Pattern, cfg.Cache = root, "./examples/empty", dir
		res, err := compile.Build(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if res.Name != "empty" || res.Image == nil {
			t.Errorf("name %q, image %v", res.Name, res.Image)
		}
		return res.Object, len(res.Timings) == 1
	}
	first, hit := build(compile.Config{})
	if hit {
		t.Fatal("found in an empty cache")
	}
	again, hit := build(compile.Config{})
	if !hit || !bytes.Equal(first, again) {
		t.Errorf("nothing has changed: from the cache %v, same bytes %v", hit, bytes.Equal(first, again))
	}
	if _, hit := build(compile.Config{Rebuild: true}); hit {
		t.Error("from the cache although it was to be made anew")
	}
	changed := map[string][]byte{file: append(bytes.Clone(src), "\nvar _ = 1\n"...)}
	if _, hit := build(compile.Config{Overlay: changed}); hit {
		t.Error("from the cache although a file has changed")
	}
	if _, hit := build(compile.Config{Process: true}); hit {
		t.Error("from the cache although an option has changed")
	}
	added := map[string][]byte{filepath.Join(filepath.Dir(file), "more.go"): []byte("package empty\n")}
	if _, hit := build(compile.Config{Overlay: added}); hit {
		t.Error("from the cache although there is one more file")
	}
	entries, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(entries) != 4 {
		t.Fatalf("%d entries, want 4, %v", len(entries), err)
	}
	for _, e := range entries {
		if err := os.Truncate(e, 1000); err != nil {
			t.Fatal(err)
		}
	}
	again, hit = build(compile.Config{})
	if hit || !bytes.Equal(first, again) {
		t.Errorf("damaged entry: taken %v, same bytes when made anew %v", hit, bytes.Equal(first, again))
	}
	if _, hit = build(compile.Config{}); !hit {
		t.Error("a damaged entry was not replaced")
	}
}
