// SPDX-License-Identifier: Apache-2.0

// Package hooks has a program for each hook that writes what its context says
// into a map.
package hooks

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/perfevent"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
)

// Call is what the probes of a system call saw of it.
type Call struct {
	Count, Returns uint64
	// Arg is the first argument, Return the result.
	Arg, Return, Function uint64
	Name                  [64]byte
	NameLen               uint64
}

// Task is the current task as a program sees it.
type Task struct {
	PID, TGID, UID, GID, NUMA, Random uint32
	Comm                              [16]byte
	Cgroup, Start, Boot, Coarse       uint64
	Mono, Jiffies                     uint64
}

var (
	// only is the process that the programs look at: index 0.
	only  = rex.NewArray[uint32](1)
	calls = rex.NewHash[uint32, Call](16)
	tasks = rex.NewArray[Task](1)
)

func wanted() bool {
	p := only.Lookup(0)
	return p != nil && *p != 0 && *p == rex.TGID()
}

// call returns the entry for a system call's test.
func call(key uint32) *Call {
	if c := calls.Lookup(key); c != nil {
		return c
	}
	if err := calls.Insert(key, Call{}); err != nil {
		panic(err)
	}
	return calls.Lookup(key)
}

// Getpgid counts calls of getpgid(2) and reads their argument.
//
//rex:kprobe __x64_sys_getpgid
func Getpgid(ctx *kprobe.Context) kprobe.Action {
	if !wanted() {
		return kprobe.Continue
	}
	c := call(0)
	c.Count++
	pid, ok := ctx.SyscallArg(0)
	if !ok {
		panic("no argument")
	}
	c.Arg = pid
	c.Function = ctx.IP()
	return kprobe.Continue
}

// GetpgidReturn reads the result of getpgid(2).
//
//rex:kretprobe __x64_sys_getpgid
func GetpgidReturn(ctx *kprobe.ReturnContext) kprobe.Action {
	if wanted() {
		c := call(0)
		c.Returns++
		c.Return = ctx.Return()
	}
	return kprobe.Continue
}

// OpenName reads the file name of openat(2) twice: from the system call's
// argument and from the kernel's copy.
//
//rex:kprobe do_sys_openat2
func OpenName(ctx *kprobe.Context) kprobe.Action {
	if !wanted() {
		return kprobe.Continue
	}
	c := call(1)
	var buf [64]byte
	s, err := rex.ReadUserString(buf[:], ctx.Arg(1))
	if err != nil {
		c.Return++
		return kprobe.Continue
	}
	if len(s) > 5 && string(s[:5]) == "/rex/" {
		c.Count++
		c.Name = buf
		c.NameLen = uint64(len(s))
		c.Arg = ctx.Arg(0)
	}
	return kprobe.Continue
}

// Deny refuses getpgid(4242), which is not run then.
//
//rex:kprobe __x64_sys_getpgid
func Deny(ctx *kprobe.Context) kprobe.Action {
	if !wanted() {
		return kprobe.Continue
	}
	if pid, _ := ctx.SyscallArg(0); uint32(pid) != 4242 {
		return kprobe.Continue
	}
	c := call(4)
	c.Count++
	if err := ctx.OverrideReturn(^uint64(0)); err != nil { // -EPERM
		panic(err)
	}
	if err := ctx.OverrideReturn(0); err != rex.ErrNotPermitted {
		panic("overridden twice")
	}
	return kprobe.Continue
}

// DenyOpen tries the same where it is not allowed.
//
//rex:kprobe do_sys_openat2
func DenyOpen(ctx *kprobe.Context) kprobe.Action {
	if !wanted() {
		return kprobe.Continue
	}
	c := call(5)
	c.Count++
	if ctx.OverrideReturn(^uint64(0)) == rex.ErrNotPermitted {
		c.Returns++
	}
	return kprobe.Continue
}

// OpenAt is the record of syscalls/sys_enter_openat.
type OpenAt struct {
	SyscallNr int32 `trace:"__syscall_nr"`
	Dfd       int64
	Filename  uint64
	Flags     uint64
	Mode      uint64
}

// Open reads the file name of openat(2) at the tracepoint.
//
//rex:tracepoint syscalls/sys_enter_openat
func Open(ctx *tracepoint.Context[OpenAt]) tracepoint.Action {
	if !wanted() {
		return tracepoint.Keep
	}
	r := ctx.Record()
	var buf [64]byte
	s, err := rex.ReadUserString(buf[:], r.Filename)
	if err == nil && len(s) > 5 && string(s[:5]) == "/rex/" {
		c := call(2)
		c.Count++
		c.Name = buf
		c.NameLen = uint64(len(s))
		c.Arg = uint64(r.SyscallNr)
		c.Return = r.Flags
	}
	return tracepoint.Keep
}

// Exec is the record of sched/sched_process_exec.
type Exec struct {
	Filename tracepoint.DataLoc
	PID      int32
	OldPID   int32
}

// OnExec reads what is executed.
//
//rex:tracepoint sched/sched_process_exec
func OnExec(ctx *tracepoint.Context[Exec]) tracepoint.Action {
	r := ctx.Record()
	var buf [64]byte
	s := ctx.ReadDynamic(buf[:], r.Filename)
	if len(s) < 5 || string(s[:5]) != "/rex/" && string(s[:5]) != "/bin/" && string(s[:5]) != "/usr/" {
		return tracepoint.Keep
	}
	c := call(3)
	c.Count++
	c.Name = buf
	c.NameLen = uint64(len(s))
	c.Arg = uint64(r.PID)
	c.Return = uint64(rex.PID())
	return tracepoint.Keep
}

// WhoAmI writes down the current task.
//
//rex:kprobe __x64_sys_getppid
func WhoAmI(ctx *kprobe.Context) kprobe.Action {
	t := tasks.Lookup(0)
	if t == nil || !wanted() {
		return kprobe.Continue
	}
	*t = Task{
		PID: rex.PID(), TGID: rex.TGID(), UID: rex.UID(), GID: rex.GID(), NUMA: rex.NUMANode(), Random: rex.RandomUint32(),
		Comm: rex.Comm(), Cgroup: rex.CgroupID(), Start: rex.TaskStartNanos(), Boot: rex.BootNanos(), Coarse: rex.CoarseNanos(),
		Mono: rex.MonotonicNanos(), Jiffies: rex.Jiffies(),
	}
	return kprobe.Continue
}

// Sample is what the samples of a perf event said.
type Sample struct {
	Count, User, Kernel, BadPeriod uint64
	Period, Value, Enabled         uint64
	Running, Address, Errors       uint64
}

var samples = rex.NewPerCPUArray[Sample](1)

// Profile counts samples.
//
//rex:perfevent
func Profile(ctx *perfevent.Context) perfevent.Action {
	s := samples.Lookup(0)
	if s == nil {
		return perfevent.Keep
	}
	s.Count++
	r := ctx.Registers()
	if r.CS&3 == 3 {
		s.User++
	} else {
		s.Kernel++
	}
	if r.RIP != ctx.IP() {
		s.Errors++
	}
	s.Period = ctx.Period()
	s.Address = ctx.Address()
	v, err := ctx.Counter()
	if err != nil {
		s.Errors++
		return perfevent.Keep
	}
	if v.Value < s.Value || v.Enabled < s.Enabled || v.Running > v.Enabled {
		s.Errors++
	}
	s.Value, s.Enabled, s.Running = v.Value, v.Enabled, v.Running
	return perfevent.Discard
}

// Packet is what a TC program saw of a packet.
type Packet struct {
	Count, Bytes, Linear            uint64
	Len, Protocol, Mark, Priority   uint32
	Ifindex, IngressIfindex, Hash   uint32
	PacketType, WireLen, SocketPort uint32
	RemotePort, Family, HasSocket   uint32
	CB, QueueMapping, TCIndex       uint32
	ClassID, GSOSegs, VLANPresent   uint32
	GSOSize                         uint32
	Tstamp                          uint64
	RemoteIP                        [4]byte
	VLANTCI                         uint32
	First                           [16]byte
	Loaded                          [16]byte
}

var (
	// packets holds what was seen of UDP packets to port 7001: index 0 on
	// ingress, 1 on egress.
	packets = rex.NewArray[Packet](4)
)

const (
	markIn  = 0x1234
	markOut = 0x4321
)

// port returns the UDP destination port of a packet without IP options, 0 for
// other packets.
func port(b []byte) uint16 {
	if len(b) < 42 || b[12] != 8 || b[13] != 0 || b[14] != 0x45 || b[23] != 17 {
		return 0
	}
	return uint16(b[36])<<8 | uint16(b[37])
}

// In marks packets to port 7001, drops those to 7002, and writes into those to
// 7003.
//
//rex:tc
func In(ctx *tc.Context) tc.Action { return handle(ctx, 0, markIn) }

// Out does the same on the way out.
//
//rex:tc
func Out(ctx *tc.Context) tc.Action { return handle(ctx, 1, markOut) }

func handle(ctx *tc.Context, index uint32, mark uint32) tc.Action {
	b := ctx.Data()
	p := packets.Lookup(index)
	if p == nil {
		return tc.Unspec
	}
	switch port(b) {
	case 7001:
	case 7002:
		p.Bytes += uint64(ctx.Len())
		return tc.Shot
	case 7003:
		// The checksum is off, so the payload may change.
		if len(b) > 46 {
			copy(b[42:], "rexd")
			b[40], b[41] = 0, 0
		}
		return tc.OK
	default:
		return tc.Unspec
	}
	*p = Packet{
		Count: p.Count + 1, Bytes: p.Bytes, Linear: uint64(len(b)), Len: ctx.Len(), Protocol: uint32(ctx.Protocol()),
		Mark: ctx.Mark(), Priority: ctx.Priority(), Ifindex: ctx.Ifindex(), IngressIfindex: ctx.IngressIfindex(),
		Hash: ctx.Hash(), PacketType: ctx.PacketType(), WireLen: ctx.WireLen(), GSOSegs: uint32(ctx.GSOSegs()), GSOSize: uint32(ctx.GSOSize()), VLANTCI: uint32(ctx.VLANTCI()) | uint32(ctx.VLANProto())<<16,
	}
	copy(p.First[:], b)
	if err := ctx.LoadBytes(p.Loaded[:], 0); err != nil {
		panic(err)
	}
	if ctx.LoadBytes(p.Loaded[:], int(ctx.Len())-15) != rex.ErrFault || p.Loaded[0] != 0 {
		panic("read beyond the end")
	}
	ctx.LoadBytes(p.Loaded[:], int(ctx.Len())-16)
	if ctx.VLANPresent() {
		p.VLANPresent = 1
	}
	if s, ok := ctx.Socket(); ok {
		p.HasSocket = 1
		p.Family, p.SocketPort, p.RemotePort, p.RemoteIP = uint32(s.Family), uint32(s.LocalPort), uint32(s.RemotePort), s.RemoteIP4
	}
	ctx.SetMark(mark)
	ctx.SetPriority(6)
	ctx.SetCB(4, 77)
	ctx.SetTCIndex(9)
	ctx.SetClassID(3)
	ctx.SetQueueMapping(1)
	ctx.SetTstamp(12345678)
	return tc.Unspec
}

// Second sees what In and Out have written.
//
//rex:tc
func Second(ctx *tc.Context) tc.Action {
	if port(ctx.Data()) != 7001 {
		return tc.Unspec
	}
	p := packets.Lookup(2)
	if ctx.IngressIfindex() == 0 {
		p = packets.Lookup(3)
	}
	if p == nil {
		return tc.Unspec
	}
	p.Count++
	p.Mark, p.Priority, p.CB, p.TCIndex = ctx.Mark(), ctx.Priority(), ctx.CB(4), uint32(ctx.TCIndex())
	p.ClassID, p.QueueMapping, p.Tstamp = uint32(ctx.ClassID()), uint32(ctx.QueueMapping()), ctx.Tstamp()
	return tc.OK
}
