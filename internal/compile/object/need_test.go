// SPDX-License-Identifier: Apache-2.0

package object

import (
	"golang.org/x/arch/x86/x86asm"

	"github.com/rex-go/rex/internal/audit"
)

// compareImm returns the constant of a comparison of 64-bit values.
func compareImm(in *audit.Inst) (int64, bool) {
	if in.X.Op != x86asm.CMP || in.X.DataSize != 64 {
		return 0, false
	}
	imm, ok := in.X.Args[1].(x86asm.Imm)
	return int64(imm), ok
}
