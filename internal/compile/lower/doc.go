// SPDX-License-Identifier: Apache-2.0

// Package lower turns go/ssa into LLVM IR text.
//
// What the text guarantees, before and after LLVM:
//
//   - Every run-time check of Go is a branch to a call of rex_panic or
//     rex_panic_text of its own ("nomerge", so that it keeps its line, as have
//     all calls of Go functions, which may panic). A
//     pointer is compared with nil before each use, unless it is the address
//     of a variable or of a part of something checked. Functions carry
//     null_pointer_is_valid: an access tells LLVM nothing about a pointer.
//   - Nothing is left to LLVM's undefined behaviour: no inbounds, exact,
//     undef; division and shifts have their operands made harmless; poison
//     stands only where an insertvalue overwrites it. "getelementptr nuw" is
//     used for addresses of parts of objects, whose bounds are checked first.
//     nsw and nuw stand where interval analysis shows that nothing overflows
//     (ranges.go); lengths and capacities are declared to be at most maxLen,
//     half of the address space.
//   - All memory is initialised: variables, composite literals, closures,
//     boxes and slices are zeroed as a whole before anything is stored to
//     them, padding included; what append leaves behind the elements is zero.
//   - What others may change (map values, packets, package-level variables) is
//     read once for each read in the source. A load from memory that does not
//     visibly belong to this invocation is an unordered atomic: LLVM may drop
//     it or share its result, but not repeat it, so a length or index that was
//     checked is the one that is used. Plain are loads from the invocation's own
//     variables, from strings, from what a read-only variable leads to, and of
//     integers that are only compared, once, to branch. Where the alignment is not known (byte
//     arrays, encoding/binary) the load is volatile. Stores are plain.
//   - A frame holds at most maxStackTotal bytes of variables; larger objects,
//     and those whose address outlives the call or the iteration, come from
//     the arena (escape.go).
//
// Attributes and metadata: functions have gc "statepoint-example", which makes
// LLVM's place-safepoints pass put polls on loop back-edges (inline assembly: a
// comparison, and the call of a function that keeps all registers), and the
// kernel's mitigations; runtime functions are "gc-leaf-function", so that a loop
// which calls them is polled all the same. Functions in ssabuild.Program.Guard
// compare the remaining stack with the absolute symbol rex.need on entry; the
// object stage knows its value. Every instruction has a debug location. Files
// are named relative to the extension's Go module, "$GOROOT/src/…" in the
// standard library, "module@version/…" in other modules.
//
// Layout of values: see layout.go. Interfaces: iface.go. Closures:
// closures.go. Deferred calls: defers.go. Initial data: statics.go.
package lower
