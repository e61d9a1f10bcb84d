// SPDX-License-Identifier: Apache-2.0

// Package recover forbids the builtin recover.
//
// A panic ends the invocation at once: the runtime releases what the program
// holds and returns the default verdict. Deferred functions do not run then,
// because cleanup written by the user may fail as well, so there is no place
// from which recover could be called.
package recover
