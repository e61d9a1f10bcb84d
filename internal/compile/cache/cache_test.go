// SPDX-License-Identifier: Apache-2.0

package cache

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	c := &Cache{Dir: filepath.Join(t.TempDir(), "a", "b")}
	k := Key{1}
	if _, ok := c.Get(k); ok {
		t.Fatal("an empty cache has an entry")
	}
	for _, data := range [][]byte{{}, []byte("object"), bytes.Repeat([]byte("x"), 1<<20)} {
		if err := c.Put(k, data); err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Get(k); !ok || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: got %d, %v", len(data), len(got), ok)
		}
	}
	if list, _ := os.ReadDir(c.Dir); len(list) != 1 {
		t.Errorf("%d files, want 1", len(list))
	}
}

// TestDamaged: every single changed bit and every shortening of an entry is
// noticed, and so is an entry under another's name.
func TestDamaged(t *testing.T) {
	c := &Cache{Dir: t.TempDir()}
	k := Key{7}
	if err := c.Put(k, []byte("the object")); err != nil {
		t.Fatal(err)
	}
	name := c.path(k)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, i int, b []byte) {
		t.Helper()
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, ok := c.Get(k); ok {
			t.Errorf("%s %d: accepted", what, i)
		}
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 1 << (i % 8)
		try("changed byte", i, b)
		try("cut to", i, whole[:i])
	}
	try("longer by", 1, append(bytes.Clone(whole), 0))
	if err := os.WriteFile(c.path(Key{8}), whole, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Get(Key{8}); ok {
		t.Error("an entry under another's name is accepted")
	}
	if err := c.Put(k, []byte("again")); err != nil {
		t.Fatal(err)
	}
	if got, ok := c.Get(k); !ok || string(got) != "again" {
		t.Errorf("a damaged entry is not replaced: %q, %v", got, ok)
	}
}

func TestTrim(t *testing.T) {
	c := &Cache{Dir: t.TempDir(), MaxEntries: 3}
	old := time.Now().Add(-2 * time.Hour)
	stale := filepath.Join(c.Dir, "new-1")
	if err := os.WriteFile(stale, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(stale, old, old); err != nil {
		t.Fatal(err)
	}
	for i := range byte(5) {
		if err := c.Put(Key{i}, []byte{i}); err != nil {
			t.Fatal(err)
		}
		when := old.Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(c.path(Key{i}), when, when); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			c.Get(Key{0}) // now the one used last
		}
	}
	for i, want := range []bool{true, false, false, true, true} {
		if _, ok := c.Get(Key{byte(i)}); ok != want {
			t.Errorf("entry %d: there is %v, want %v", i, ok, want)
		}
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("what an interrupted writer left is still there")
	}
	c.MaxBytes = 200
	if err := c.Put(Key{9}, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if list, _ := os.ReadDir(c.Dir); len(list) != 1 {
		t.Errorf("%d entries above the limit of bytes, want the newest only", len(list))
	}
}
