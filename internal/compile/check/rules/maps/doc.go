// SPDX-License-Identifier: Apache-2.0

// Package maps finds an extension's maps and holds them to their form.
//
// A map is a package-level variable whose initialiser is a call of a
// constructor (rex.NewHash and so on) with a constant size. The compiler makes
// no Go value for it: the variable stands for the address of a descriptor, from
// which user space creates the BPF map before the extension runs. Hence a
// constructor may be called nowhere else, the variable cannot change, and the
// opaque struct behind it can be neither made, copied nor converted: a pointer
// to one that did not come from a descriptor would be handed to the kernel.
// The same holds for the contexts that the kernel passes to programs.
//
// Keys and values are bytes to the kernel and to user space. So they hold no
// references, and keys have no padding and no floating-point parts: the kernel
// compares them byte by byte.
package maps
