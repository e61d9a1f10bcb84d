// SPDX-License-Identifier: Apache-2.0

// Package programs finds the functions that a //rex: directive makes programs
// and holds them to their form.
//
// A program is a plain package-level function of the extension's own package:
// its symbol is the entry that the kernel calls, so it can be neither a method
// nor generic, and its signature is given by the program type. A directive
// anywhere else would be lost silently, so each of those is an error.
package programs
