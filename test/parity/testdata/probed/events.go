// SPDX-License-Identifier: Apache-2.0

package probed

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/tracepoint"
)

type recordContext = *tracepoint.Context[Queued]

// Records are scenarios of a packet that is sent on the loopback interface.
var Records = [...]struct {
	Name string
	Run  func(recordContext)
}{
	{"fields", func(ctx recordContext) {
		r := ctx.Record()
		report.Is("address", r.Address != 0)
		report.Number("length", r.Len)
		report.Number("length of the name", r.Name.Len())
	}},
	{"dynamic field", dynamic},
	{"stack", copies[recordContext]},
	{"stack's id", func(ctx recordContext) { ids(ctx, true) }},
	{"no table for stacks", noTable[recordContext]},
	{"output", func(ctx recordContext) {
		report.Err("Output", tracepoint.Output(ctx, Samples, rex.CurrentCPU, 1))
		report.Err("Output", tracepoint.Output(ctx, Samples, rex.CPU(), 2))
		report.Err("Output", tracepoint.Output(ctx, Samples, 1<<20, 3))
	}},
	{"output to no map", func(ctx recordContext) {
		report.Err("not reached", tracepoint.Output(ctx, noArray, 0, 1))
	}},
	{"no context", func(recordContext) {
		var none recordContext
		report.Number("not reached", none.Record().Len)
	}},
	{"dynamic field of no context", func(recordContext) {
		var none recordContext
		report.Bytes("not reached", none.ReadDynamic(make([]byte, 4), 4<<16|24))
	}},
}

func dynamic(ctx recordContext) {
	name := ctx.Record().Name
	for _, n := range [...]int{0, 1, 2, 3, 10} {
		dst := make([]byte, n)
		for i := range dst {
			dst[i] = 0xee
		}
		report.Bytes("ReadDynamic", ctx.ReadDynamic(dst, name))
		report.Bytes("all", dst)
		report.String("DynamicString", string(ctx.DynamicString(dst, name)))
	}
	dst := []byte{1, 2}
	report.Bytes("of nothing", ctx.ReadDynamic(dst, 0))
	report.String("of nothing", string(ctx.DynamicString(dst, 0)))
	report.Bytes("all", dst)
	report.Number("to nil", len(ctx.ReadDynamic(nil, name)))
}

// SampleCases are scenarios of a page fault in user space. The test's first
// argument is the period, the second the address that faults.
var SampleCases = [...]struct {
	Name string
	Run  func(*perfevent.Context)
}{
	{"sample", func(ctx *perfevent.Context) {
		report.Is("IP", ctx.Registers().RIP == ctx.IP())
		report.Is("in user space", ctx.IP()>>63 == 0)
		report.Is("period", ctx.Period() == report.Arg(0))
		report.Is("address", ctx.Address() == report.Arg(1))
		c, err := ctx.Counter()
		report.Err("Counter", err)
		report.Is("at least a period", c.Value >= report.Arg(0))
		report.Is("enabled", c.Enabled > 0)
		report.Is("running", c.Running > 0 && c.Running <= c.Enabled)
		d, err := ctx.Counter()
		report.Err("Counter", err)
		report.Is("not less", d.Value >= c.Value && d.Enabled >= c.Enabled && d.Running >= c.Running)
	}},
	{"stack", func(ctx *perfevent.Context) {
		// User space was interrupted, so there is none in the kernel.
		dst := []uint64{1, 2}
		s, err := ctx.Stack(dst, 0)
		report.Err("Stack", err)
		report.Number("length", len(s))
		report.Is("zero", dst[0] == 0 && dst[1] == 0)
		_, err = ctx.Stack(dst, rex.SkipFrames(1))
		report.Err("without the innermost", err)
		_, err = ctx.StackID(stacks, 0)
		report.Err("StackID", err)
		s, err = ctx.Stack(dst, rex.UserStack)
		report.Err("in user space", err)
		report.Is("begins at IP", len(s) > 0 && s[0] == ctx.IP())
	}},
	{"stack's id", func(ctx *perfevent.Context) { ids(ctx, false) }},
	{"no table for stacks", noTable[*perfevent.Context]},
	{"output", func(ctx *perfevent.Context) {
		report.Err("Output", perfevent.Output(ctx, Samples, rex.CurrentCPU, 1))
		report.Err("Output", perfevent.Output(ctx, Samples, rex.CPU(), 2))
		report.Err("Output", perfevent.Output(ctx, Samples, 1<<20, 3))
	}},
	{"output to no map", func(ctx *perfevent.Context) {
		report.Err("not reached", perfevent.Output(ctx, noArray, 0, 1))
	}},
	{"no context", func(*perfevent.Context) {
		var none *perfevent.Context
		report.Number("not reached", none.Period())
	}},
	{"counter of no context", func(*perfevent.Context) {
		var none *perfevent.Context
		_, err := none.Counter()
		report.Err("not reached", err)
	}},
}
