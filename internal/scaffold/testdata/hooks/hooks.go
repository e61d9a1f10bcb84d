// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

var (
	values  = rex.NewArray[uint64](8)
	queue   = rex.NewQueue[uint32](8)
	stack   = rex.NewStack[uint32](8)
	trie    = rex.NewLPMTrie[[4]byte, uint32](8)
	bloom   = rex.NewBloomFilter[uint32](100)
	ring    = rex.NewRingBuf(4096)
	lru     = rex.NewLRUHash[uint32, uint32](1024)
	samples = rex.NewPerCPUArray[uint64](1)
)

func set(i uint32, v uint64) {
	if p := values.Lookup(i); p != nil {
		*p = v
	}
}

//rex:tc
func Mark(ctx *tc.Context) tc.Action {
	b := ctx.Data()
	rex.Log(rex.LevelInfo, "packet", "len", len(b), "mark", ctx.Mark(), "protocol", ctx.Protocol())
	if len(b) < 20 {
		return tc.Shot
	}
	b[0] = 0xee
	if b[14] == 0xff {
		b[len(b)] = 1
	}
	ctx.SetMark(ctx.Mark() + 1)
	ctx.SetPriority(6)
	ctx.SetCB(4, ctx.CB(0))
	ctx.SetTstamp(ctx.Tstamp() + 1)
	if ctx.ChangeTail(len(b)+10) != nil {
		return tc.Shot
	}
	return ctx.Redirect(1, tc.FromIngress)
}

//rex:xdp
func Move(ctx *xdp.Context) xdp.Action {
	m := ctx.Meta()
	if len(m) != 4 {
		return xdp.Aborted
	}
	first := m[0]
	if ctx.AdjustMeta(-4) != nil || ctx.AdjustHead(2) != nil {
		return xdp.Aborted
	}
	set(0, uint64(first)<<8|uint64(len(ctx.Meta())))
	return xdp.TX
}

//rex:kprobe do_unlinkat
func Enter(ctx *kprobe.Context) kprobe.Action {
	for i := range 6 {
		set(uint32(i), ctx.Arg(i))
	}
	set(6, ctx.IP())
	if ctx.OverrideReturn(1) == rex.ErrNotPermitted {
		set(7, 1)
	}
	return kprobe.Continue
}

//rex:kretprobe do_unlinkat
func Leave(ctx *kprobe.ReturnContext) kprobe.Action {
	set(0, ctx.Return())
	return kprobe.Continue
}

//rex:kprobe sys_getpgid
func Deny(ctx *kprobe.Context) kprobe.Action {
	pid, ok := ctx.SyscallArg(0)
	if !ok || pid != 4242 {
		return kprobe.Continue
	}
	if err := ctx.OverrideReturn(^uint64(0)); err != nil {
		panic(err)
	}
	return kprobe.Continue
}

type Record struct {
	Filename tracepoint.DataLoc
	PID      int32
	OldPID   int32 `trace:"old_pid"`
}

//rex:tracepoint sched/sched_process_exec
func Exec(ctx *tracepoint.Context[Record]) tracepoint.Action {
	r := ctx.Record()
	var buf [16]byte
	if string(ctx.ReadDynamic(buf[:], r.Filename)) == "/bin/sh\x00" && r.PID == 7 && r.OldPID == -8 {
		return tracepoint.Discard
	}
	return tracepoint.Keep
}

//rex:perfevent
func Sample(ctx *perfevent.Context) perfevent.Action {
	if n := samples.Lookup(0); n != nil {
		*n++
	}
	set(0, ctx.Period())
	set(1, ctx.Address())
	set(2, ctx.IP())
	return perfevent.Discard
}

//rex:kprobe do_unlinkat
func Maps(ctx *kprobe.Context) kprobe.Action {
	if v, ok := queue.Pop(); ok {
		set(0, uint64(v))
		_ = queue.Push(v * 10)
	}
	if v, ok := stack.Pop(); ok {
		set(1, uint64(v))
		_ = stack.Push(v * 10)
	}
	if p := trie.Lookup([4]byte{10, 1, 2, 3}); p != nil {
		set(2, uint64(*p))
		*p = 99
	}
	if bloom.Test(77) {
		set(3, 1)
	}
	if p := lru.Lookup(1); p != nil {
		_ = lru.Update(2, *p+1)
	}
	_ = ring.Output([]byte("a record"))
	return kprobe.Continue
}
