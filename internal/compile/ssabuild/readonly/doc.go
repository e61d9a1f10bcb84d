// SPDX-License-Identifier: Apache-2.0

// Package readonly rejects stores to or through package-level variables that
// hold references.
//
// # Why
//
// Memory that a program allocates is gone when the invocation ends, and other
// CPUs run the same program at the same time. So nothing that outlives an
// invocation may be changed to refer to memory that does not, and no reference
// that others may read may be changed at all: a slice, string or interface is
// two words, and a reader could see one old and one new. What outlives
// invocations is (1) map elements, which hold no references by their types;
// (2) package-level variables; (3) memory allocated by package initialisers.
// Variables of NoRef type hold no references either, and may be written. What
// remains are variables whose type holds references, and (3), which can only be
// reached from them. All of that is read-only once initialisation is done; part
// of it lies in memory that the kernel write-protects.
//
// # The analysis
//
// A value is tainted if it may be, or lead to, the address of such memory. The
// analysis runs over the functions that are reachable from programs; code that
// only initialisers reach may write. It is flow-insensitive and
// context-insensitive, over the whole program, until nothing changes:
//
//  1. Sources: the address of a package-level variable whose type holds
//     references (map variables aside: their value is a descriptor that
//     compiled code never writes); in a closure that an initialiser may have
//     made, the captured variables.
//  2. Taint follows every operation whose result may be or contain an address
//     derived from its operand: address of field or element, slicing,
//     conversions, interfaces, phis, loads through a tainted address, arguments
//     to parameters, results to calls, captured variables. Calls through
//     function values and interfaces go to all functions that they may reach.
//  3. Taint stored into the invocation's own memory is remembered by type: from
//     then on every load of that type, or of a type that contains it, is
//     tainted. Two pointers to the same memory differ at most by a conversion
//     between types with identical underlying types, so types are compared by
//     these.
//  4. Strings, functions and NoRef values carry no taint: nothing can be
//     written through them. What a closure captured is covered by 1 and 2.
//
// A store, copy, append, clear, delete or atomic operation with a tainted
// address is a diagnostic. append counts although it often allocates, because
// it writes in place where there is spare capacity.
//
// # Why that is sound
//
// Suppose a function reachable from a program writes to memory of kind (2) with
// references, or (3). It has the address from somewhere: from the variable
// itself (source), from memory (the address was loaded through a tainted
// address; or from the invocation's own memory, into which it was stored before
// as a tainted value, rule 3; map elements and NoRef variables cannot hold it),
// from a parameter, result or captured variable (rule 2, or made by an
// initialiser, rule 1), or from arithmetic on another tainted address. By
// induction over the execution the address is tainted, so the store was
// rejected. The argument needs that addresses do not pass through integers and
// that memory is not read as another type, which the subset guarantees for user
// code; trusted code that does so keeps within one value.
package readonly
