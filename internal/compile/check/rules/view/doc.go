// SPDX-License-Identifier: Apache-2.0

// Package view checks the type arguments of SDK functions that look at bytes
// as values of a type: rex.View and others whose doc comment has the directives
// //rex:noref T (T holds no references) and //rex:align1 T (T may lie at any
// address).
//
// If the type held a pointer, slice, string, map, channel, function or
// interface, bytes from a packet would become that pointer: memory safety would
// be gone. Instances inside generic functions, whose type arguments are known
// only later, are checked by ssabuild.
package view
