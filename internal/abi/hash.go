// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
)

// Structs lists the shared structs with their C names, in the order of the
// generated header.
var Structs = []struct {
	C string
	V any
}{
	{"rex_cpu_abi", CPU{}},
	{"rex_map_desc", MapDesc{}},
	{"rex_prog_desc", ProgDesc{}},
	{"rex_ext_desc", ExtDesc{}},
	{"rex_event", Event{}},
	{"rex_info", Info{}},
	{"rex_ext_query", ExtQuery{}},
	{"rex_helper_query", HelperQuery{}},
	{"rex_task_info", TaskInfo{}},
}

// Hash identifies the exact layout of the ABI: every struct, limit and symbol.
// Objects, the linker and rex.ko refuse to work together when theirs differ.
func Hash() uint64 {
	h := sha256.New()
	fmt.Fprintln(h, Version, MaxLevels, StackSize, StackReserve, MaxFrame, MaxPrograms, MaxMaps, MaxFrames, MaxOuterFrames, MaxMessage, NameSize)
	for _, s := range Structs {
		t := reflect.TypeOf(s.V)
		fmt.Fprintln(h, s.C, t.Size())
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Fprintln(h, f.Name, f.Offset, f.Type)
		}
	}
	for _, list := range [][]Func{Funcs, Glue} {
		for _, f := range list {
			fmt.Fprintln(h, f.Symbol, f.Params, f.Result, f.NoReturn, f.KeepsRegisters, f.Entry())
		}
	}
	fmt.Fprintln(h, BPFHelpers)
	return binary.LittleEndian.Uint64(h.Sum(nil))
}
