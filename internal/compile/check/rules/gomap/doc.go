// SPDX-License-Identifier: Apache-2.0

// Package gomap forbids Go's own map types.
//
// The compiler has no implementation of them yet. What must outlive an
// invocation goes into a map variable in any case; a small table within one
// invocation can be a slice.
package gomap
