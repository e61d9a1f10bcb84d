// SPDX-License-Identifier: Apache-2.0

package object

import (
	"bytes"
	"context"
	"strconv"
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

// pipeline returns opt's arguments. place-safepoints runs after the optimiser
// proper, so that polls do not stand in its way; the poll function and
// everything else that is left without callers goes afterwards (it must have
// external linkage until then). Calls never count as polls (-spp-no-call).
func pipeline(mode polling) []string {
	passes := "default<O2>,place-safepoints,internalize,globaldce"
	args := []string{"-spp-no-call"}
	switch mode {
	case pollLoops:
		args = append(args, "-spp-no-entry")
		fallthrough
	case pollEntries:
		// LLVM's default of 32 bits would let a loop run for seconds.
		args = append(args, "-spp-counted-loop-trip-width="+strconv.Itoa(shortLoopBits))
	case pollAll:
		// place-safepoints sees natural loops only.
		passes = "default<O2>,lower-switch,fix-irreducible,place-safepoints,internalize,globaldce"
		args = append(args, "-spp-all-backedges")
	}
	return append(args, "-passes="+passes)
}

// Compile runs opt and llc over a module's text. It shows what Build starts
// from; Build may decide for more polls.
func Compile(ctx context.Context, tc *toolchain.T, in Input, ft FileType) ([]byte, error) {
	return compileMode(ctx, tc, in, ft, startMode(in))
}

func compileMode(ctx context.Context, tc *toolchain.T, in Input, ft FileType, mode polling) ([]byte, error) {
	args := append(pipeline(mode), "-internalize-public-api-list="+strings.Join(public(in), ","), "-o", "-", "-")
	bitcode, err := tc.Run(ctx, toolchain.Opt, args, bytes.NewReader(in.IR))
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
