// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rex-go/rex/internal/compile/check"
	"github.com/rex-go/rex/internal/compile/lower"
	"github.com/rex-go/rex/internal/compile/object"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/compile/ssabuild"
	"github.com/rex-go/rex/internal/diag"
)

// stage is one step of the pipeline.
type stage struct {
	// name is the package's name, and what timings and messages say.
	name string
	// after lists stages whose results this one reads.
	after []string
	run   func(b *build, ctx context.Context) error
}

// stages is the pipeline, in order.
var stages = []stage{
	{name: "source", run: (*build).source},
	{name: "check", after: []string{"source"}, run: (*build).check},
	{name: "ssabuild", after: []string{"source", "check"}, run: (*build).ssabuild},
	{name: "lower", after: []string{"ssabuild"}, run: (*build).lower},
	{name: "object", after: []string{"check", "lower"}, run: (*build).object},
}

// last says which stage makes what is asked for.
var last = map[Emit]string{
	EmitCheck:  "check",
	EmitSSA:    "ssabuild",
	EmitIR:     "lower",
	EmitAsm:    "object",
	EmitObject: "object",
}

// checkOrder reports the first stage that stands before one it needs.
func checkOrder(stages []stage) error {
	var seen []string
	for _, s := range stages {
		for _, n := range s.after {
			if !slices.Contains(seen, n) {
				return fmt.Errorf("stage %s must come after %s", s.name, n)
			}
		}
		if slices.Contains(seen, s.name) {
			return fmt.Errorf("stage %s stands twice", s.name)
		}
		seen = append(seen, s.name)
	}
	return nil
}

// build is the state of one run of the pipeline: what each stage made.
type build struct {
	cfg Config
	res *Result

	listing *source.Listing // nil until asked for
	src     *source.Program
	chk     *check.Result
	ssa     *ssabuild.Program
	mod     *lower.Module
}

// runTo runs the stages up to and including the named one.
func (b *build) runTo(ctx context.Context, name string) error {
	if err := checkOrder(stages); err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	for _, s := range stages {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("compile: %w", context.Cause(ctx))
		}
		start := time.Now()
		err := b.guarded(ctx, s)
		b.res.Timings = append(b.res.Timings, Timing{Stage: s.name, Took: time.Since(start)})
		if err != nil {
			return err
		}
		if s.name == name {
			return nil
		}
	}
	return fmt.Errorf("compile: no stage %q", name)
}

func (b *build) source(ctx context.Context) (err error) {
	if b.listing == nil {
		if b.listing, err = b.list(ctx); err != nil {
			return err
		}
	}
	b.src, err = b.listing.Load()
	return err
}

func (b *build) list(ctx context.Context) (*source.Listing, error) {
	return source.List(ctx, source.Config{Dir: b.cfg.Dir, Pattern: b.cfg.Pattern, Env: b.cfg.Env, Overlay: b.cfg.Overlay})
}

func (b *build) check(ctx context.Context) (err error) {
	b.chk, err = check.Check(b.src)
	return b.withLater(ctx, err)
}

// withLater adds to the problems that check found those that only ssabuild
// finds, so that all are reported at once. What would only follow from the
// former is left out: functions of packages that may not be imported.
func (b *build) withLater(ctx context.Context, err error) error {
	var problems, later diag.List
	if !errors.As(err, &problems) || len(b.chk.Programs) == 0 {
		return err
	}
	has := func(code diag.Code) bool {
		return slices.ContainsFunc(problems, func(d diag.Diagnostic) bool { return d.Code == code })
	}
	if lerr := b.guarded(ctx, stage{name: "ssabuild", run: (*build).ssabuild}); !errors.As(lerr, &later) {
		return err
	}
	for _, d := range later {
		if d.Code == diag.ReadOnlyGlobal || d.Code == diag.FunctionNoBody && !has(diag.ImportStd) && !has(diag.NoBody) {
			problems = append(problems, d)
		}
	}
	problems.Sort()
	return problems.Dedup()
}

func (b *build) ssabuild(context.Context) (err error) {
	b.ssa, err = ssabuild.Build(b.chk, b.ssaOptions())
	return err
}

func (b *build) ssaOptions() ssabuild.Options {
	return ssabuild.Options{Provided: lower.Provided, WritableGlobals: b.cfg.Process}
}

func (b *build) lower(context.Context) error {
	mod, problems := lower.Lower(b.ssa)
	if err := problems.Err(); err != nil {
		return err
	}
	b.mod = mod
	return nil
}

func (b *build) object(ctx context.Context) error {
	meta, err := b.meta()
	if err != nil {
		return err
	}
	in := object.Input{IR: []byte(b.mod.IR), Meta: meta, Polls: b.cfg.Polls}
	if b.cfg.Process {
		in.Stack = ProcessStack
	}
	if b.cfg.Emit == EmitAsm {
		b.res.Text, err = object.Compile(ctx, b.cfg.Toolchain, in, object.FileAsm)
		return b.explain(err)
	}
	b.res.Object, b.res.Image, err = object.Build(ctx, b.cfg.Toolchain, in)
	return b.explain(err)
}
