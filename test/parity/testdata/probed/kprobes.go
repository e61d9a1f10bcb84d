// SPDX-License-Identifier: Apache-2.0

package probed

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/test/parity/report"
)

// EntryScenario is a scenario at the entry of a function.
type EntryScenario struct {
	Name string
	Run  func(*kprobe.Context)
}

// Entries are those at getpgid's entry. The test's first argument is 6.
var Entries = [...]EntryScenario{
	{"arguments", syscallArguments},
	{"argument beyond", func(ctx *kprobe.Context) { report.Number("not reached", ctx.Arg(int(report.Arg(0)))) }},
	{"argument before", func(ctx *kprobe.Context) { report.Number("not reached", ctx.Arg(-int(report.Arg(0)))) }},
	{"system call's argument beyond", func(ctx *kprobe.Context) { ctx.SyscallArg(int(report.Arg(0))) }},
	{"system call's argument before", func(ctx *kprobe.Context) { ctx.SyscallArg(-int(report.Arg(0))) }},
	{"override", override},
	{"override with an error", overrideError},
	{"stack", copies[*kprobe.Context]},
	{"stack's id", func(ctx *kprobe.Context) { ids(ctx, true) }},
	{"no table for stacks", noTable[*kprobe.Context]},
	{"output", func(ctx *kprobe.Context) { output(ctx) }},
	{"output to no map", func(ctx *kprobe.Context) { report.Err("not reached", kprobe.Output(ctx, noArray, 0, 1)) }},
	{"output of no context", func(*kprobe.Context) {
		var none *kprobe.Context
		report.Err("not reached", kprobe.Output(none, Samples, rex.CurrentCPU, 1))
	}},
	{"no context", func(*kprobe.Context) {
		var none *kprobe.Context
		report.Number("not reached", none.IP())
	}},
	{"stack of no context", func(*kprobe.Context) {
		var none *kprobe.Context
		_, err := none.Stack(nil, 0)
		report.Err("not reached", err)
	}},
}

// Inners are those at the entry of do_sys_openat2, which has a directory, a
// name and more.
var Inners = [...]EntryScenario{
	{"arguments", arguments},
	{"override where that is not possible", func(ctx *kprobe.Context) {
		report.Err("OverrideReturn", ctx.OverrideReturn(1))
		report.Err("OverrideReturn", ctx.OverrideReturn(2))
	}},
	{"no system call's argument", func(ctx *kprobe.Context) {
		v, ok := ctx.SyscallArg(0)
		report.Number("value", v)
		report.Is("ok", ok)
	}},
}

func syscallArguments(ctx *kprobe.Context) {
	for i := range 6 {
		v, ok := ctx.SyscallArg(i)
		report.Number("argument", v)
		report.Is("ok", ok)
	}
	r := ctx.Registers()
	registers(r, ctx.IP(), ctx.SP())
	for i, v := range [...]uint64{r.RDI, r.RSI, r.RDX, r.RCX, r.R8, r.R9} {
		report.Is("argument", ctx.Arg(i) == v)
	}
}

func arguments(ctx *kprobe.Context) {
	report.Number("directory", int32(ctx.Arg(0)))
	var buf [32]byte
	name, err := rex.ReadUserString(buf[:], ctx.Arg(1))
	report.Err("ReadUserString", err)
	report.String("name", string(name))
	registers(ctx.Registers(), ctx.IP(), ctx.SP())
}

// Overridden is what the system call returns then.
const Overridden = 0x1234

func override(ctx *kprobe.Context) {
	report.Err("OverrideReturn", ctx.OverrideReturn(Overridden))
	report.Err("OverrideReturn", ctx.OverrideReturn(2))
}

func overrideError(ctx *kprobe.Context) {
	e := int64(rex.ErrNoBuffers)
	report.Err("OverrideReturn", ctx.OverrideReturn(uint64(-e)))
}

// Returns are those at getpgid's return.
var Returns = [...]struct {
	Name string
	Run  func(*kprobe.ReturnContext)
}{
	{"result", func(ctx *kprobe.ReturnContext) {
		report.Is("result", int32(ctx.Return()) == int32(report.Arg(1)))
		registers(ctx.Registers(), ctx.IP(), ctx.SP())
		report.Is("result's register", ctx.Registers().RAX == ctx.Return())
	}},
	{"error", func(ctx *kprobe.ReturnContext) { report.Number("result", int64(ctx.Return())) }},
	{"stack", copies[*kprobe.ReturnContext]},
	{"stack's id", func(ctx *kprobe.ReturnContext) { ids(ctx, true) }},
	{"no table for stacks", noTable[*kprobe.ReturnContext]},
	{"output", func(ctx *kprobe.ReturnContext) { output(ctx) }},
	{"no context", func(*kprobe.ReturnContext) {
		var none *kprobe.ReturnContext
		report.Number("not reached", none.Return())
	}},
}

func output[C *kprobe.Context | *kprobe.ReturnContext](ctx C) {
	report.Err("Output", kprobe.Output(ctx, Samples, rex.CurrentCPU, 1))
	report.Err("Output", kprobe.Output(ctx, Samples, rex.CPU(), 2))
	report.Err("Output", kprobe.Output(ctx, Samples, 1<<20, 3))
}
