// SPDX-License-Identifier: Apache-2.0

package object

import (
	"debug/elf"
	"math"
	"testing"

	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
)

// assembled is a function of machine code that ends in a return.
func assembled(t *testing.T, code ...byte) *audit.Function {
	t.Helper()
	text := &image.Section{Name: image.TextSection, Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 16}
	text.Relocs = []image.Reloc{{Off: uint64(len(code)) + 1, Type: elf.R_X86_64_PLT32, Sym: &image.Symbol{Name: "__x86_return_thunk"}, Addend: -4}}
	text.Data = append(code, 0xe9, 0, 0, 0, 0)
	text.Size = uint64(len(text.Data))
	o := &image.Object{Sections: []*image.Section{text}, Symbols: []*image.Symbol{{Name: "p.f", Section: text, Size: text.Size, Type: elf.STT_FUNC}}}
	funcs, err := audit.Functions(o)
	if err != nil {
		t.Fatal(err)
	}
	return funcs[0]
}

// TestLoopWeights: padding in front of a loop is no way into it, a jump is.
func TestLoopWeights(t *testing.T) {
	for _, tt := range []struct {
		name string
		code []byte
		loop int // an instruction in the loop
		want uint64
	}{
		// jmp 1f; nop; 1: dec %eax; jne 1b
		{"padding", []byte{0xeb, 2, 0x66, 0x90, 0xff, 0xc8, 0x75, 0xfc}, 2, 1 << 6},
		// je 2f; 1: dec %eax; 2: dec %ecx; jne 1b
		{"two entries", []byte{0x74, 2, 0xff, 0xc8, 0xff, 0xc9, 0x75, 0xfa}, 1, math.MaxUint64},
		// 1: 2: dec %eax; jne 2b; dec %ecx; jne 1b
		{"nested", []byte{0x90, 0xff, 0xc8, 0x75, 0xfc, 0xff, 0xc9, 0x75, 0xf7}, 1, 1 << (2 * 6)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := loopWeights(assembled(t, tt.code...), 6)[tt.loop]; got != tt.want {
				t.Errorf("weight %d, want %d", got, tt.want)
			}
		})
	}
}
