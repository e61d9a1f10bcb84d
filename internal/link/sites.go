// SPDX-License-Identifier: Apache-2.0

package link

import (
	"debug/elf"
	"fmt"
	"strings"

	"github.com/rex-go/rex/internal/image"
)

// Thunks whose callers the kernel patches at load (arch/x86/kernel/alternative.c).
const (
	returnThunk    = "__x86_return_thunk"
	indirectPrefix = "__x86_indirect_thunk_"
)

// addSites lists the jumps to mitigation thunks, as objtool does for modules
// built with the kernel: one signed 32-bit PC-relative address each.
func (m *module) addSites() error {
	var returns, indirect []uint64
	for _, r := range m.text.Relocs {
		if !r.Sym.Undefined() {
			continue
		}
		ret := r.Sym.Name == returnThunk
		if !ret && !strings.HasPrefix(r.Sym.Name, indirectPrefix) {
			continue
		}
		at, err := m.site(r, ret)
		if err != nil {
			return err
		}
		if ret {
			returns = append(returns, at)
		} else {
			indirect = append(indirect, at)
		}
	}
	m.addSiteSection(".return_sites", returns)
	m.addSiteSection(".retpoline_sites", indirect)
	return nil
}

// site returns the offset of the instruction that a thunk's relocation belongs
// to: a direct jump, or for indirect thunks also a call or conditional jump.
// For a conditional jump to the return thunk the kernel would write an
// unconditional one.
func (m *module) site(r image.Reloc, ret bool) (uint64, error) {
	b, off := m.text.Data, r.Off
	if (r.Type == elf.R_X86_64_PLT32 || r.Type == elf.R_X86_64_PC32) && r.Addend == -4 && off >= 1 {
		op := b[off-1]
		if op == jmp[0] || op == call[0] && !ret {
			return off - 1, nil
		}
		if !ret && op&0xf0 == 0x80 && off >= 2 && b[off-2] == 0x0f {
			return off - 2, nil
		}
	}
	return 0, fmt.Errorf("%w: %s is referred to by something else than a jump (at %s)", ErrObject, r.Sym.Name, m.in.Where(m.in.Section(image.TextSection), off))
}

func (m *module) addSiteSection(name string, sites []uint64) {
	if len(sites) == 0 {
		return
	}
	s := m.section(name, elf.SHF_ALLOC, 4, make([]byte, 4*len(sites)))
	start := m.symbol("", elf.STB_LOCAL, elf.STT_SECTION, m.text, 0, 0)
	for i, at := range sites {
		s.Relocs = append(s.Relocs, image.Reloc{Off: uint64(4 * i), Type: elf.R_X86_64_PC32, Sym: start, Addend: int64(at)})
	}
}
