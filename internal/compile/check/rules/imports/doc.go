// SPDX-License-Identifier: Apache-2.0

// Package imports says which packages of the standard library an extension may
// import.
//
// Allowed is what computes and does nothing else. Packages that need an
// operating system, reflection or a scheduler are named with what to use
// instead. The SDK's internal packages are trusted code with functions that
// must not be called directly.
package imports
