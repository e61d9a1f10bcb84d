// SPDX-License-Identifier: Apache-2.0

package link

import (
	"debug/elf"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// RealDemo is demo for a real kernel: it refers to a struct that this has, all
// programs are XDP programs, and Offset returns that member's offset.
func RealDemo(structName, field string) *image.Object {
	a := demo()
	end := a.fn("demo.Offset")
	a.bytes(0xb8) // mov $offset,%eax
	a.rel(elf.R_X86_64_32, abi.FieldSymbol(structName, field), 0)
	a.ret()
	end()
	for name, s := range a.syms {
		if strings.HasPrefix(name, abi.FieldPrefix) {
			s.Name = abi.FieldSymbol(structName, field)
		}
	}
	m := &a.obj.Meta
	m.Programs = append(m.Programs, image.Program{Name: "Offset", Symbol: "demo.Offset"})
	for i := range m.Programs {
		p := &m.Programs[i]
		p.Type, p.BudgetNanos, p.ArenaBytes, p.OnPanic, p.StackBytes = abi.ProgramXDP, 1e8, abi.DefaultArena, abi.PolicyStop, 256
	}
	return a.obj
}
