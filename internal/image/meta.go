// SPDX-License-Identifier: Apache-2.0

// Package image is the .rexo object format: an x86-64 ELF relocatable file
// (ET_REL) whose section ".rex.meta" holds Meta as JSON. Both sides read it:
// the compiler writes objects, the linker, loader and CLI read them.
package image

import "github.com/rex-go/rex/internal/abi"

// MetaSection is the name of the section that holds Meta.
const MetaSection = ".rex.meta"

// Meta describes a compiled extension. It holds nothing that depends on a
// kernel or on the machine that compiled it.
type Meta struct {
	ABIVersion uint32 `json:"abi_version"`
	ABIHash    uint64 `json:"abi_hash,string"`
	// Name is the extension's name: the Go package name, at most
	// abi.NameSize-1 bytes of [a-z0-9_].
	Name string `json:"name"`
	// Package is the import path.
	Package   string     `json:"package"`
	GoVersion string     `json:"go_version"`
	Programs  []Program  `json:"programs"`
	Maps      []Map      `json:"maps"`
	Functions []Function `json:"functions"`
	// Init is the symbol of the package initialiser, a function of C type
	// u32 (*)(void *); empty when nothing is to be run at load.
	Init string `json:"init,omitempty"`
	// InitStack is the initialiser's static stack bound, 0 when unknown.
	InitStack uint32 `json:"init_stack,omitempty"`
	// Process marks an object that was compiled to run in a process (a test
	// of the compiler): rules that protect the kernel were not applied.
	Process bool `json:"process,omitempty"`
}

// Program is one entry point.
type Program struct {
	Name string          `json:"name"` // Go function name
	Type abi.ProgramType `json:"type"`
	// Symbol is the function in .text: u32 (*)(context *).
	Symbol string `json:"symbol"`
	// Attach is the directive's argument: kprobe function, tracepoint
	// category/name.
	Attach         string          `json:"attach,omitempty"`
	BudgetNanos    uint64          `json:"budget_nanos"`
	ArenaBytes     uint32          `json:"arena_bytes"`
	OnPanic        abi.PanicPolicy `json:"on_panic"`
	DefaultVerdict uint32          `json:"default_verdict"`
	// StackBytes is the static bound over the call graph, 0 when functions
	// check for themselves.
	StackBytes uint32 `json:"stack_bytes"`
	// Pos is file:line of the declaration, the file relative to the Go
	// module's root.
	Pos string `json:"pos"`
	// Record is what a tracepoint program reads its event as.
	Record *Record `json:"record,omitempty"`
}

// Record is a Go struct that stands for a trace record without the fields
// common to all events.
type Record struct {
	Type   string        `json:"type"`
	Size   uint32        `json:"size"`
	Fields []RecordField `json:"fields"`
}

// RecordField is one field of a Record.
type RecordField struct {
	// Name is the field's name in the event's format file.
	Name string `json:"name"`
	// Go is the field's name in the struct.
	Go string `json:"go"`
	// Offset and Size are in bytes, from the start of the struct.
	Offset uint32 `json:"offset"`
	Size   uint32 `json:"size"`
}

// Map is one map variable.
type Map struct {
	Name       string `json:"name"`
	Kind       string `json:"kind"` // abi.MapKind.Name
	Type       uint32 `json:"type"`
	KeySize    uint32 `json:"key_size"`
	ValueSize  uint32 `json:"value_size"`
	MaxEntries uint32 `json:"max_entries"`
	Flags      uint32 `json:"flags"`
	// Lock is the byte offset of the SpinLock in a value, nil for none.
	Lock      *uint32 `json:"lock,omitempty"`
	KeyType   string  `json:"key_type"`
	ValueType string  `json:"value_type"`
	Pos       string  `json:"pos"`
}

// Function is one function of .text.
type Function struct {
	Symbol string `json:"symbol"`
	// Frame is the size of its stack frame in bytes, with the return address.
	Frame uint32 `json:"frame"`
	// Checked: it compares the stack pointer with the limit on entry.
	Checked bool `json:"checked,omitempty"`
	// Calls lists the symbols it calls directly, sorted.
	Calls []string `json:"calls,omitempty"`
	// Indirect: it makes indirect calls.
	Indirect bool `json:"indirect,omitempty"`
}
