// SPDX-License-Identifier: Apache-2.0

package diag

var sourceEntries = []Entry{
	{
		Code:  TypeError,
		Title: "the package does not compile",
		Why:   "The source is not valid Go: a syntax error, a type error, or an import that cannot be found. The message is the Go type checker's own. Files are chosen for linux/amd64 without cgo, with the build tags rex and purego.",
		Bad:   "var n int = \"three\"\n",
		Way:   "Correct the source; `GOOS=linux go vet -tags rex` reports the same.",
		Good:  "var n int = 3\n",
	},
	{
		Code:  PackageNotFound,
		Title: "there is no such package",
		Why:   "The argument is neither a directory with a Go package nor an import path that the Go module knows.",
		Shell: "$ rex check ./fliter\ndirectory ./fliter does not exist [REX0002]\n",
		Way:   "Name a directory (./filter) or an import path (example.com/filter).",
	},
	{
		Code:  PackagePattern,
		Title: "not one package",
		Why:   "An extension is one package; patterns such as ./... and names of single files are not accepted.",
		Shell: "$ rex check ./...\npattern \"./...\" stands for several packages [REX0003]\n\thint: name one directory or one import path\n",
		Way:   "Name one directory or one import path.",
	},
	{
		Code:  PackageNoFiles,
		Title: "the package has no Go files",
		Why:   "The directory has no Go files, or its build constraints leave all of them out. Files are chosen for linux/amd64 without cgo, with the build tags rex and purego.",
		Shell: "$ rex check ./docs\npackage example.com/m/docs has no Go files [REX0004]\n",
		Way:   "Check the directory and the //go:build lines.",
	},
	{
		Code:  PackageNoModule,
		Title: "the directory is not in a Go module",
		Why:   "Imports are resolved by the go.mod file in the directory or above it.",
		Shell: "$ rex check .\n/tmp/filter is not in a Go module (no go.mod in it or above it) [REX0005]\n\thint: run `go mod init NAME` and `go get github.com/rex-go/rex` there\n",
		Way:   "Run `go mod init NAME` and `go get github.com/rex-go/rex`.",
	},
	{
		Code:  PackageNoSDK,
		Title: "the Go module does not require the SDK",
		Why:   "An extension imports github.com/rex-go/rex and is compiled together with its runtime package.",
		Shell: "$ rex check ./filter\nthe Go module of package example.com/m/filter does not require github.com/rex-go/rex [REX0006]\n\thint: run `go get github.com/rex-go/rex` in /home/me/m\n",
		Way:   "Run `go get github.com/rex-go/rex` in the Go module.",
	},
	{
		Code:  GoCommand,
		Title: "the go command failed",
		Why:   "Packages are found with `go list`; the message is its own.",
		Shell: "$ rex check .\nlist package .: go: errors parsing go.mod: /home/me/m/go.mod:5: unknown directive: requires [REX0007]\n",
		Way:   "Do what the message says, for example `go mod tidy`.",
	},
}
