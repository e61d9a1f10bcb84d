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

// optimiser is the pipeline that does not depend on polls. Functions that are
// left without callers go later, with the poll function, which must have
// external linkage until then.
const optimiser = "default<O2>"

// Inductive range check elimination runs once the loops have their final shape
// and before the others that unroll them: it splits a loop into a part that
// needs no bounds checks and parts that do.
const rangeChecks = "irce"

// tidy is what is left to do after a loop was unrolled: checks that repeat.
const tidy = "loop-unroll<O2>,early-cse<memssa>,gvn,instcombine<no-verify-fixpoint>,simplifycfg,"

// placement returns opt's arguments for what comes after the optimiser proper:
// polls must not stand in its way. Calls never count as polls (-spp-no-call).
func placement(mode polling) []string {
	prepare := ""
	args := []string{"-spp-no-call"}
	if !mode.entries {
		args = append(args, "-spp-no-entry")
	}
	if mode.all {
		args = append(args, "-spp-all-backedges")
	} else {
		// LLVM's default of 32 bits would let a loop run for seconds.
		args = append(args, "-spp-counted-loop-trip-width="+strconv.Itoa(mode.shortBits))
	}
	if mode.reducible {
		// place-safepoints sees natural loops only.
		prepare = "lower-switch,fix-irreducible,"
	}
	return append(args, "-passes=function("+tidy+prepare+"place-safepoints),internalize,globaldce")
}

// Compile makes what Build makes an object of: machine code with the same
// polls, as a file of the type. Errors are Build's.
func Compile(ctx context.Context, tc *toolchain.T, in Input, ft FileType) ([]byte, error) {
	bitcode, err := optimise(ctx, tc, in)
	if err != nil {
		return nil, err
	}
	_, _, mode, err := build(ctx, tc, in, bitcode)
	if err != nil {
		return nil, err
	}
	return generate(ctx, tc, in, bitcode, ft, mode)
}

// optimise returns the optimised module as text, without polls, with the loops
// marked that are to be unrolled.
func optimise(ctx context.Context, tc *toolchain.T, in Input) ([]byte, error) {
	text, err := tc.Run(ctx, toolchain.Opt, []string{
		"-passes=" + optimiser, "-passes-ep-scalar-optimizer-late=" + rangeChecks, "-S", "-o", "-", "-",
	}, bytes.NewReader(in.IR))
	if err != nil {
		return nil, err
	}
	return unroll(text), nil
}

// generate places polls and makes machine code.
func generate(ctx context.Context, tc *toolchain.T, in Input, bitcode []byte, ft FileType, mode polling) ([]byte, error) {
	args := append(placement(mode), "-internalize-public-api-list="+strings.Join(public(in), ","), "-o", "-", "-")
	bitcode, err := tc.Run(ctx, toolchain.Opt, args, bytes.NewReader(bitcode))
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
