// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/toolchain"
)

// Emit says what Build makes.
type Emit string

// What can be asked for; the zero value means EmitObject.
const (
	EmitCheck  Emit = "check"  // nothing, only diagnostics
	EmitSSA    Emit = "ssa"    // go/ssa as text
	EmitIR     Emit = "ir"     // LLVM IR as text
	EmitAsm    Emit = "asm"    // assembly as text
	EmitObject Emit = "object" // the .rexo object
)

// Config says what to compile.
type Config struct {
	// Dir is the directory that Pattern is resolved in; empty means the
	// current one.
	Dir string
	// Pattern names one package: a directory or an import path.
	Pattern string
	// Env replaces the environment of the go command; nil means os.Environ.
	Env []string
	// Overlay maps absolute file names to contents that replace or add to
	// what is on disk.
	Overlay map[string][]byte
	Emit    Emit
	// Process compiles for a process that stands in for the kernel in tests
	// of the compiler: variables that hold references may be written after
	// initialisation, since nothing else runs, and ProcessStack bytes of
	// stack are there. The linker refuses such an object.
	Process bool
	// Polls places polls everywhere at once instead of trying whether fewer
	// do: large packages compile faster, and run a little slower.
	Polls bool
	// Cache is a directory of objects made before: one is taken from there
	// when nothing that it depends on has changed. Empty means no cache.
	// Rebuild makes the object anew, and keeps it there.
	Cache   string
	Rebuild bool
	// Toolchain is LLVM; nil means toolchain.New().
	Toolchain *toolchain.T
}

// ProcessStack is the stack in bytes that an object compiled with
// Config.Process counts on.
const ProcessStack = 64 << 20

// Timing is how long one stage took.
type Timing struct {
	Stage string
	Took  time.Duration
}

// Result is what Build made.
type Result struct {
	// Name is the extension's name, its Go package's.
	Name string
	// Object is the .rexo file and Image its contents, for EmitObject.
	Object []byte
	Image  *image.Object
	// Text is what EmitSSA, EmitIR and EmitAsm ask for.
	Text []byte
	// Timings has one entry for each stage that ran, also when Build failed.
	Timings []Timing
}

// ErrEmit: the requested kind of output does not exist.
var ErrEmit = errors.New("unknown kind of output")

// Build compiles one extension. Problems in its source come back as a
// diag.List; other errors match toolchain.ErrNotFound, object.ErrStack and the
// like. The Result is never nil.
//
// The output depends on the source and on the version of the tools only.
func Build(ctx context.Context, cfg Config) (*Result, error) {
	if cfg.Emit == "" {
		cfg.Emit = EmitObject
	}
	if cfg.Toolchain == nil {
		cfg.Toolchain = toolchain.New()
	}
	b := &build{cfg: cfg, res: &Result{}}
	stage, ok := last[cfg.Emit]
	if !ok {
		return b.res, fmt.Errorf("compile: %w: %q (want check, ssa, ir, asm or object)", ErrEmit, cfg.Emit)
	}
	var tools chan error
	if stage == "object" {
		// Asking the tools for their version takes as long as running them:
		// do it while the source is loaded.
		tools = make(chan error, 1)
		go func() { tools <- checkTools(ctx, cfg.Toolchain) }()
	}
	if cfg.Cache != "" && cfg.Emit == EmitObject {
		return b.res, b.cached(ctx, tools)
	}
	err := b.runTo(ctx, stage)
	if b.src != nil {
		b.res.Name = b.src.Root.Name
	}
	if tools != nil {
		if terr := <-tools; terr != nil && (err == nil || !isProblem(err)) {
			err = terr
		}
	}
	if err != nil {
		return b.res, err
	}
	switch cfg.Emit {
	case EmitSSA:
		b.res.Text = b.ssaText()
	case EmitIR:
		b.res.Text = []byte(b.mod.IR)
	}
	return b.res, nil
}

// Check reports the problems of an extension's source without running LLVM.
// The error is a diag.List for problems in the source.
func Check(ctx context.Context, cfg Config) (*Result, error) {
	cfg.Emit = EmitIR
	res, err := Build(ctx, cfg)
	res.Text = nil
	return res, err
}

// checkTools finds the tools and asks one of them for its version; both come
// from one package.
func checkTools(ctx context.Context, tc *toolchain.T) error {
	if _, err := tc.Path(toolchain.LLC); err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	if _, err := tc.Version(ctx, toolchain.Opt); err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	return nil
}

func (b *build) ssaText() []byte {
	var buf bytes.Buffer
	for _, f := range b.ssa.Funcs {
		ssa.WriteFunction(&buf, f)
		buf.WriteByte('\n')
	}
	return buf.Bytes()
}
