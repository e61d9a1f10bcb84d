// SPDX-License-Identifier: Apache-2.0

// Package object turns LLVM IR into a checked .rexo object: it runs opt and
// llc, reads the ELF file back, bounds the stack, and refuses what the linker
// or the kernel could not deal with.
package object

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/toolchain"
)

// Reasons for a refusal; use errors.Is.
var (
	// ErrFrame: a function's stack frame is too large or has no fixed size.
	ErrFrame = errors.New("stack frame")
	// ErrStack: a program's call tree needs too much stack, or its need is
	// not bounded by checks.
	ErrStack = errors.New("stack bound")
	// ErrReloc: the kernel's loader would not know a relocation.
	ErrReloc = errors.New("relocation")
)

// NeedSymbol is the absolute symbol that a function's stack check compares
// the remaining stack with. Build replaces every reference by what the
// function around it needs (see docs/object.md) and removes the symbol.
const NeedSymbol = "rex.need"

// Input is what Build works on.
type Input struct {
	// IR is an LLVM module as text.
	IR []byte
	// Meta is the object's metadata; Build fills ABIVersion, ABIHash,
	// Functions, and the stack bounds.
	Meta image.Meta
	// Stack is how many bytes of stack the code may count on, for objects
	// that run in a process; 0 means what rex.ko's program stacks have.
	Stack uint64
	// Polls places polls everywhere at once. Otherwise Build tries first
	// whether fewer do, which takes up to three runs of llc.
	Polls bool
}

// Build compiles a module to a .rexo object and checks it. Equal input gives
// equal bytes.
//
// Errors match toolchain.ErrNotFound, *toolchain.RunError, ErrFrame, ErrStack,
// ErrReloc, ErrPoll, image.ErrUndefined or audit.ErrForbidden, and name the Go function
// concerned.
func Build(ctx context.Context, tc *toolchain.T, in Input) ([]byte, *image.Object, error) {
	bitcode, err := optimise(ctx, tc, in)
	if err != nil {
		return nil, nil, err
	}
	b, o, _, err := build(ctx, tc, in, bitcode)
	return b, o, err
}

// build makes an object of an optimised module, with as many polls as it takes.
func build(ctx context.Context, tc *toolchain.T, in Input, bitcode []byte) ([]byte, *image.Object, polling, error) {
	mode := startPolling(in)
	for {
		raw, err := generate(ctx, tc, in, bitcode, FileObject, mode)
		if err != nil {
			return nil, nil, mode, err
		}
		b, o, err := assemble(raw, in, mode)
		if errors.Is(err, ErrPoll) && !mode.all {
			mode = mode.more(err)
			continue
		}
		return b, o, mode, err
	}
}

// assemble makes a checked .rexo out of llc's output.
func assemble(raw []byte, in Input, mode polling) ([]byte, *image.Object, error) {
	o, err := image.ParseELF(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("read llc's output: %w", err)
	}
	o.Meta = in.Meta
	o.Meta.Programs = slices.Clone(in.Meta.Programs)
	o.Meta.ABIVersion, o.Meta.ABIHash = abi.Version, abi.Hash()
	if err := finish(o, in, mode); err != nil {
		return nil, nil, err
	}
	b, err := o.Bytes()
	if err != nil {
		return nil, nil, err
	}
	// What is handed on is what a reader will see.
	back, err := image.Read(b)
	if err != nil {
		return nil, nil, fmt.Errorf("read the object back: %w", err)
	}
	return b, back, nil
}

func finish(o *image.Object, in Input, mode polling) error {
	frames, err := frameSizes(o)
	if err != nil {
		return err
	}
	if err := layout(o); err != nil {
		return err
	}
	if err := checkRelocs(o); err != nil {
		return err
	}
	g, err := newGraph(o, frames)
	if err != nil {
		return err
	}
	g.stack = in.Stack
	if err := g.bound(o); err != nil {
		return err
	}
	if err := g.checkPolls(mode, withoutPolls(in.IR)); err != nil {
		return err
	}
	if err := audit.Check(o); err != nil {
		return err
	}
	return o.Validate()
}
