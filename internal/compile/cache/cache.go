// SPDX-License-Identifier: Apache-2.0

// Package cache keeps compiled objects, each under the hash of everything that
// went into it. An entry carries a checksum: one that was damaged or cut short
// is taken for absent and written anew. Several processes may use a directory
// at once.
package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Key is the hash of all inputs of a build.
type Key [sha256.Size]byte

// Cache is a directory of entries. The limits apply when something is added;
// what was used longest ago goes first.
type Cache struct {
	Dir        string
	MaxEntries int   // 0: 400
	MaxBytes   int64 // 0: 256 MiB
}

const (
	magic  = "rexcache1\n"
	suffix = ".entry"
)

func (c *Cache) path(k Key) string { return filepath.Join(c.Dir, hex.EncodeToString(k[:])+suffix) }

// Get returns an entry's data, false when there is none that is whole.
func (c *Cache) Get(k Key) ([]byte, bool) {
	name := c.path(k)
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, false
	}
	data, ok := open(k, b)
	if !ok {
		return nil, false
	}
	// The time of the last use; failing to note it does no harm.
	now := time.Now()
	_ = os.Chtimes(name, now, now)
	return data, true
}

// seal is magic, key, checksum of key and data, data. The key is part of it,
// so that an entry under a wrong name is not taken for another.
func seal(k Key, data []byte) []byte {
	sum := checksum(k, data)
	return slices.Concat([]byte(magic), k[:], sum[:], data)
}

func open(k Key, b []byte) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(b, slices.Concat([]byte(magic), k[:]))
	if !ok || len(rest) < sha256.Size {
		return nil, false
	}
	data := rest[sha256.Size:]
	sum := checksum(k, data)
	return data, bytes.Equal(sum[:], rest[:sha256.Size])
}

func checksum(k Key, data []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(k[:])
	h.Write(data)
	h.Sum(sum[:0])
	return sum
}

// Put adds or replaces an entry. Nobody sees it half written.
func (c *Cache) Put(k Key, data []byte) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	f, err := os.CreateTemp(c.Dir, "new-*")
	if err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(seal(k, data))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), c.path(k))
	}
	if err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	c.trim()
	return nil
}

// trim removes what was used longest ago until the limits hold, and what
// interrupted writers left behind. Its failures are not the caller's.
func (c *Cache) trim() {
	maxEntries, maxBytes := c.MaxEntries, c.MaxBytes
	if maxEntries == 0 {
		maxEntries = 400
	}
	if maxBytes == 0 {
		maxBytes = 256 << 20
	}
	list, err := os.ReadDir(c.Dir)
	if err != nil {
		return
	}
	var entries []os.FileInfo
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		switch {
		case filepath.Ext(e.Name()) == suffix:
			entries = append(entries, info)
		case time.Since(info.ModTime()) > time.Hour:
			_ = os.Remove(filepath.Join(c.Dir, e.Name()))
		}
	}
	slices.SortFunc(entries, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var total int64
	for i, e := range entries {
		total += e.Size()
		if i >= maxEntries || total > maxBytes && i > 0 {
			_ = os.Remove(filepath.Join(c.Dir, e.Name()))
		}
	}
}
