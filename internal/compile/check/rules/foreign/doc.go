// SPDX-License-Identifier: Apache-2.0

// Package foreign forbids the ways out of Go: package unsafe, cgo, assembly,
// functions without a body, and //go:linkname.
//
// The safety of an extension rests on the type system; each of these steps
// around it. They are reserved to the SDK, whose unsafe code is reviewed, and
// to the standard library.
package foreign
