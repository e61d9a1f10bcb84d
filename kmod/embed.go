// SPDX-License-Identifier: Apache-2.0

// Package kmod carries the C sources of rex.ko, so that the CLI can build the
// kernel module for any kernel whose headers are at hand. They live one level
// down, in src, because the go command refuses C files beside a package's own.
package kmod

import "embed"

// Sources holds everything that kbuild needs: copy it into a directory and
// run `make -C HEADERS M=DIR modules` there.
//
//go:embed Kbuild src compat include selftest
var Sources embed.FS
