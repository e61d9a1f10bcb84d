// SPDX-License-Identifier: Apache-2.0

package values

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/xdp"
)

// The test's arguments: clocks before the program runs, then what user space
// knows of the current thread.
const (
	argMono = iota
	argBoot
	argCoarse
	argPID
	argTGID
	argIDs // user in the low half, group in the high one
	argStart
	argCgroup
)

// tick is the unit in which user space sees when tasks were started.
const tick = 10_000_000

func clocks(*xdp.Context) {
	mono, boot, coarse := rex.MonotonicNanos(), rex.BootNanos(), rex.CoarseNanos()
	ticks := rex.Jiffies()
	report.Is("monotonic clock not before user space's", mono >= report.Arg(argMono))
	report.Is("boot clock not before user space's", boot >= report.Arg(argBoot))
	report.Is("coarse clock not before user space's", coarse >= report.Arg(argCoarse))
	report.Is("boot clock not before the monotonic one", boot >= mono)
	report.Time(0, mono)
	report.Time(1, boot)
	report.Time(2, coarse)
	backwards := 0
	for range 100 {
		m, b, c, j := rex.MonotonicNanos(), rex.BootNanos(), rex.CoarseNanos(), rex.Jiffies()
		if m < mono || b < boot || c < coarse || j < ticks {
			backwards++
		}
		mono, boot, coarse, ticks = m, b, c, j
	}
	report.Number("steps backwards", backwards)
}

func random(*xdp.Context) {
	var ones, zeros uint32
	seen := map[uint32]bool{}
	for range 64 {
		r := rex.RandomUint32()
		ones |= r
		zeros |= ^r
		seen[r] = true
	}
	report.Number("bits that were set", ones)
	report.Number("bits that were not", zeros)
	report.Is("different numbers", len(seen) > 32)
}

func processor(*xdp.Context) {
	report.Number("processor", rex.CPU())
	report.Number("node", rex.NUMANode())
}

func who(info rex.TaskInfo) {
	report.Is("pid is the thread's", info.PID == uint32(report.Arg(argPID)))
	report.Is("tgid is the process's", info.TGID == uint32(report.Arg(argTGID)))
	report.Is("user is the thread's", info.UID == uint32(report.Arg(argIDs)))
	report.Is("group is the thread's", info.GID == uint32(report.Arg(argIDs)>>32))
	report.String("name", string(info.Comm[:]))
	report.Is("start is what user space sees", info.StartNanos/tick == report.Arg(argStart)/tick)
	report.Is("cgroup is what user space sees", info.CgroupID == report.Arg(argCgroup))
	report.Is("it has run", info.RunNanos > 0)
	report.Is("address is the task's", kernel.Pointer(info.Address) == kernel.CurrentTask())
}

func currentTask(*xdp.Context) {
	who(rex.CurrentTask())
	who(rex.TaskInfo{
		PID: rex.PID(), TGID: rex.TGID(), UID: rex.UID(), GID: rex.GID(), Comm: rex.Comm(), CgroupID: rex.CgroupID(),
		StartNanos: rex.TaskStartNanos(), RunNanos: 1, Address: uint64(kernel.CurrentTask()),
	})
}

func taskByPID(*xdp.Context) {
	t := rex.TaskByPID(uint32(report.Arg(argPID)))
	if t == nil {
		report.String("task", "none")
		return
	}
	who(t.Info())
	a, b := t.Info(), rex.CurrentTask()
	report.Is("time in user space goes on", a.UserNanos <= b.UserNanos)
	report.Is("time in the kernel goes on", a.SystemNanos <= b.SystemNanos)
	report.Is("time of both goes on", a.RunNanos <= b.RunNanos)
	t.Release()
	report.Is("there is none of pid 0", rex.TaskByPID(0) == nil)
}
