// SPDX-License-Identifier: Apache-2.0

// Package source loads an extension and all that it imports, type-checked,
// with the build tag "rex".
package source

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// Program is a type-checked extension with its dependencies.
type Program struct {
	Fset *token.FileSet
	// Root is the extension's package.
	Root *packages.Package
	// All holds Root and every dependency by import path.
	All map[string]*packages.Package
	// ModuleDir is the root directory of the Go module that Root belongs to.
	ModuleDir string
	// Sizes is the layout of linux/amd64.
	Sizes types.Sizes

	overlay map[string][]byte
	// contents holds files that were read before they are parsed.
	contents map[string][]byte
	// dirExists: the pattern named a directory that exists.
	dirExists bool
}

// IsSDK reports whether a package belongs to the SDK: trusted, may use unsafe
// in *_unsafe.go.
func (p *Program) IsSDK(path string) bool { return sdkPaths[path] }

// SDKPath is the import path of the SDK's root package.
const SDKPath = "github.com/rex-go/rex"

var sdkPaths = map[string]bool{
	SDKPath:                  true,
	SDKPath + "/xdp":         true,
	SDKPath + "/tc":          true,
	SDKPath + "/kprobe":      true,
	SDKPath + "/tracepoint":  true,
	SDKPath + "/perfevent":   true,
	SDKPath + "/packet":      true,
	SDKPath + "/kernel":      true,
	SDKPath + "/internal/rt": true,
}
