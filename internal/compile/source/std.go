// SPDX-License-Identifier: Apache-2.0

package source

import (
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// pure lists the packages of the standard library whose function bodies are
// kept: pure computation that extensions may use, and what it is made of.
// Everything else is loaded for its declarations only; ssabuild reports a
// program that would need a body from there.
var pure = map[string]bool{
	"bytes": true, "cmp": true, "encoding": true, "errors": true, "hash": true, "io": true,
	"maps": true, "math": true, "slices": true, "sort": true, "strconv": true, "strings": true,
	"container/heap": true, "container/list": true, "container/ring": true,
	"crypto/md5": true, "crypto/sha1": true, "crypto/sha256": true,
	"crypto/internal/boring": true, "crypto/internal/fips140": true, "crypto/internal/fips140only": true,
	"crypto/internal/fips140/sha256": true, "crypto/internal/fips140deps/byteorder": true,
	"encoding/base32": true, "encoding/base64": true, "encoding/binary": true, "encoding/hex": true,
	"hash/adler32": true, "hash/crc32": true, "hash/crc64": true, "hash/fnv": true,
	"internal/bytealg": true, "internal/byteorder": true, "internal/itoa": true, "internal/strconv": true,
	"internal/stringslite": true, "internal/race": true, "internal/runtime/math": true, "internal/runtime/sys": true,
	"internal/cpu": true, "math/bits": true, "net/netip": true, "sync/atomic": true,
	"unicode": true, "unicode/utf16": true, "unique": true, "unicode/utf8": true,
}

// twins replaces files whose functions are written in assembly by their
// portable twins in the same package. An empty name leaves the file out.
var twins = map[string]string{
	"internal/bytealg/compare_native.go":   "compare_generic.go",
	"internal/bytealg/count_native.go":     "count_generic.go",
	"internal/bytealg/index_native.go":     "index_generic.go",
	"internal/bytealg/index_amd64.go":      "",
	"internal/bytealg/indexbyte_native.go": "indexbyte_generic.go",
	"hash/crc32/crc32_amd64.go":            "crc32_otherarch.go",
}

// IsStd reports whether a package belongs to the standard library: it has no
// Go module, and its path does not begin with a host name.
func (p *Program) IsStd(path string) bool {
	if path == "unsafe" {
		return true
	}
	pkg := p.All[path]
	first, _, _ := strings.Cut(path, "/")
	return pkg != nil && pkg.Module == nil && !strings.Contains(first, ".")
}

// IsUser reports whether the subset applies to a package: it belongs neither
// to the SDK nor to the standard library.
func (p *Program) IsUser(path string) bool {
	return p.All[path] != nil && !p.IsSDK(path) && !p.IsStd(path)
}

// HasBodies reports whether function bodies of a package were loaded.
func (p *Program) HasBodies(path string) bool {
	return !p.IsStd(path) || pure[path]
}

// files returns what to parse for a package.
func (p *Program) files(pkg *packages.Package) []string {
	if !p.IsStd(pkg.PkgPath) {
		return pkg.GoFiles
	}
	var out []string
	for _, f := range pkg.GoFiles {
		twin, ok := twins[pkg.PkgPath+"/"+filepath.Base(f)]
		switch {
		case !ok:
			out = append(out, f)
		case twin != "":
			out = append(out, filepath.Join(filepath.Dir(f), twin))
		}
	}
	return out
}
