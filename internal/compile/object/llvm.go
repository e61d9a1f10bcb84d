// SPDX-License-Identifier: Apache-2.0

package object

import (
	"bytes"
	"context"
	"strings"

	"github.com/rex-go/rex/internal/toolchain"
)

// FileType is what Compile makes.
type FileType string

// The kinds of output of llc.
const (
	FileObject FileType = "obj"
	FileAsm    FileType = "asm"
)

// passes is the optimisation pipeline. place-safepoints runs after the
// optimiser proper, so that polls do not stand in its way; the poll function
// and everything else that is left without callers goes afterwards (it must
// have external linkage until then).
const passes = "default<O2>,place-safepoints,internalize,globaldce"

// shortLoop is the largest number of bits of a trip count for which a counted
// loop goes without polls. LLVM's default of 32 would let a loop run for
// seconds.
const shortLoop = "6"

// Compile runs opt and llc over a module's text.
func Compile(ctx context.Context, tc *toolchain.T, in Input, ft FileType) ([]byte, error) {
	bitcode, err := tc.Run(ctx, toolchain.Opt, []string{
		"-passes=" + passes,
		"-spp-counted-loop-trip-width=" + shortLoop,
		"-internalize-public-api-list=" + strings.Join(public(in), ","),
		"-o", "-", "-",
	}, bytes.NewReader(in.IR))
	if err != nil {
		return nil, err
	}
	return tc.Run(ctx, toolchain.LLC, []string{
		"-filetype=" + string(ft),
		"-relocation-model=static",
		"-code-model=kernel",
		"-stack-size-section",
		"-o", "-", "-",
	}, bytes.NewReader(bitcode))
}

// public lists the symbols that the linker needs: the programs and the
// initialiser.
func public(in Input) []string {
	var list []string
	for _, p := range in.Meta.Programs {
		list = append(list, p.Symbol)
	}
	if in.Meta.Init != "" {
		list = append(list, in.Meta.Init)
	}
	return list
}
