// SPDX-License-Identifier: Apache-2.0

// Package logs holds calls of rex.Log and rex.Printf to what they can write.
//
// A record is written by a program that may run in any context, and nobody is
// there to see it crash: what package fmt reports at run time by %!d(BADTYPE)
// is found here. Formats and keys are constant, so that a record's shape does
// not depend on data from outside.
package logs
