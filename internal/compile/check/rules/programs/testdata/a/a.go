package a

import (
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

// Good is a program.
//
//rex:xdp timeout=50ms arena=32KiB onpanic=continue
func Good(ctx *xdp.Context) xdp.Action { return xdp.Pass }

//rex:xdp
func unexported(*xdp.Context) xdp.Action { return xdp.Pass }

type context = xdp.Context

//rex:xdp
func alias(c *context) (verdict xdp.Action) { return xdp.Pass }

//rex:xpd // want REX0202 `unknown directive //rex:xpd`
func misspelt(ctx *xdp.Context) xdp.Action { return xdp.Pass }

//rex:kprobe // want REX0203 `needs an argument`
func noArgument2(ctx *kprobe.Context) kprobe.Action { return 0 }

//rex:xdp eth0 // want REX0203 `takes no argument "eth0"`
func argument(ctx *xdp.Context) xdp.Action { return xdp.Pass }

//rex:kprobe do-unlinkat // want REX0203 `"do-unlinkat" is not a valid FUNC`
func noArgument(ctx *kprobe.Context) kprobe.Action { return 0 }

//rex:xdp
//rex:xdp timeout=1ms // want REX0204 `function twice already has`
func twice(ctx *xdp.Context) xdp.Action { return xdp.Pass }

//rex:xdp // want REX0205 `does not belong to a function`

func detached(ctx *xdp.Context) xdp.Action { return xdp.Pass }

//rex:xdp // want REX0205 `does not belong`
var notAFunc int

func inside() {
	//rex:xdp // want REX0205 `does not belong`
	f := func(ctx *xdp.Context) xdp.Action { return xdp.Pass }
	_ = f
}

type T struct{}

//rex:xdp
func (T) Method(ctx *xdp.Context) xdp.Action { return xdp.Pass } // want REX0206 `program Method is a method`

//rex:xdp
func generic[X any](ctx *xdp.Context) xdp.Action { return xdp.Pass } // want REX0206 `type parameters`

//rex:xdp
func init() {} // want REX0206 `function init cannot be a program`

//rex:xdp
func noResult(ctx *xdp.Context) {} // want REX0207 `must be func noResult\(ctx \*xdp.Context\) xdp.Action`

//rex:xdp
func value(ctx xdp.Context) xdp.Action { return xdp.Pass } // want REX0207 `wrong signature`

//rex:xdp
func otherResult(ctx *xdp.Context) uint32 { return 0 } // want REX0207 `wrong signature`

//rex:xdp
func variadic(ctx ...*xdp.Context) xdp.Action { return 0 } // want REX0207 `wrong signature`

//rex:xdp
func otherType(ctx *tc.Context) tc.Action { return 0 } // want REX0207 `func otherType\(ctx \*xdp.Context\) xdp.Action`

//rex:tc
func classify(ctx *tc.Context) tc.Action { return 0 }

//rex:kprobe do_unlinkat
func unlink(ctx *kprobe.Context) kprobe.Action { return 0 }

//rex:kretprobe do_unlinkat
func unlinked(ctx *kprobe.ReturnContext) kprobe.Action { return 0 }

//rex:kretprobe do_unlinkat
func unlinkedEntry(ctx *kprobe.Context) kprobe.Action { return 0 } // want REX0207 `\(ctx \*kprobe.ReturnContext\)`

//rex:kprobe do_unlinkat
func unlinkReturn(ctx *kprobe.ReturnContext) kprobe.Action { return 0 } // want REX0207 `\(ctx \*kprobe.Context\)`

type record struct {
	PrevComm [16]byte
	_        int32
	Prio     int32 `trace:"prev_prio"`
}

//rex:tracepoint sched/sched_switch timeout=1ms
func sched(ctx *tracepoint.Context[record]) tracepoint.Action { return 0 }

//rex:tracepoint sched/sched_switch
func schedNone(ctx *tracepoint.Context[struct{}]) tracepoint.Action { return 0 }

//rex:tracepoint sched/sched_switch
func schedNumber(ctx *tracepoint.Context[int]) tracepoint.Action { return 0 } // want REX0211 `trace record int of program schedNumber is not a struct`

//rex:tracepoint sched/sched_switch
func schedString(ctx *tracepoint.Context[struct{ Comm string }]) tracepoint.Action { return 0 } // want REX0211 `holds a reference: .Comm is a string`

//rex:tracepoint sched/sched_switch
func schedTwice(ctx *tracepoint.Context[struct{ Comm, COMM int32 }]) tracepoint.Action { return 0 } // want REX0211 `two fields for comm`

//rex:tracepoint sched/sched_switch
func schedEmbeds(ctx *tracepoint.Context[struct{ record }]) tracepoint.Action { return 0 } // want REX0211 `embeds record`

//rex:tracepoint sched/sched_switch
func schedXDP(ctx *xdp.Context) tracepoint.Action { return 0 } // want REX0207 `\(ctx \*tracepoint.Context\[Record\]\)`

//rex:perfevent
func sample(ctx *perfevent.Context) perfevent.Action { return 0 }

// The text //rex:xdp within a comment is no directive.
func fine() {}
