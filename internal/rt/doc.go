// SPDX-License-Identifier: Apache-2.0

// Package rt is the part of the runtime that is compiled into an extension:
// bodiless declarations of what rex.ko provides (internal/abi ties each to its
// symbol), intrinsics of the compiler, and the helpers that the compiler calls
// for string, slice and map operations, written in Go. Everything but this
// file is built with the tag "rex" only. Trusted: users cannot import it.
package rt
