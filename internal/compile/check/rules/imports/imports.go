// SPDX-License-Identifier: Apache-2.0

package imports

import (
	"strings"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports imports of packages that extensions cannot use.
var Rule = rule.Rule{Name: "imports", Run: run}

// Allowed lists the packages of the standard library that may be imported.
var Allowed = []string{
	"bytes", "cmp", "container/heap", "container/list", "container/ring",
	"crypto/md5", "crypto/sha1", "crypto/sha256",
	"encoding", "encoding/base32", "encoding/base64", "encoding/binary", "encoding/hex",
	"errors", "hash", "hash/adler32", "hash/crc32", "hash/crc64", "hash/fnv",
	"io", "iter", "maps", "math", "math/bits", "net/netip", "slices", "sort", "strconv", "strings",
	"sync/atomic", "unicode", "unicode/utf16", "unicode/utf8",
}

// instead says what to use for packages that people reach for.
var instead = map[string]string{
	"context":   "a program's time budget is the option timeout= of its directive",
	"fmt":       "use rex.Log for messages, and strconv or string concatenation for text",
	"log":       "use rex.Log",
	"log/slog":  "use rex.Log",
	"math/rand": "write a small generator over a package-level integer",
	"net":       "use net/netip for addresses and package packet for protocol headers",
	"os":        "a program has no files, arguments or environment; user space passes settings through maps",
	"reflect":   "write the code for concrete types, or with generics",
	"runtime":   "the kernel has no Go runtime",
	"sync":      "use sync/atomic, or per-CPU maps",
	"testing":   "move tests to _test.go files",
	"time":      "use rex.MonotonicNanos, and integers for durations",
	"unique":    "compare the values themselves",
}

var allowed = func() map[string]bool {
	m := map[string]bool{}
	for _, p := range Allowed {
		m[p] = true
	}
	return m
}()

func run(p *rule.Pass) {
	for _, f := range p.Pkg.Syntax {
		for _, imp := range f.Imports {
			path := strings.Trim(imp.Path.Value, "\"`")
			switch {
			case path == "unsafe" || path == "C":
				// Rule foreign reports these.
			case strings.HasPrefix(path, source.SDKPath+"/internal/") && !strings.HasPrefix(path, p.Pkg.PkgPath+"/"):
				p.Report(imp, diag.ImportSDK, "import "+source.SDKPath+" and the packages beside it", "package %s is internal to the SDK", path)
			case p.Source.IsStd(path) && !allowed[path]:
				p.Report(imp, diag.ImportStd, hint(path), "package %s is not available in kernel extensions", path)
			}
		}
	}
}

func hint(path string) string {
	for p := path; p != "."; p = parent(p) {
		if h, ok := instead[p]; ok {
			return h
		}
	}
	return "packages that only compute are available; `rex explain " + string(diag.ImportStd) + "` lists them"
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return "."
}
