// SPDX-License-Identifier: Apache-2.0

package values

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/xdp"
)

// Page is the size of the piece of user memory whose address is the test's first
// argument. Byte i of it is 1 + i%251, but for zeros at Zero and Zero2. Behind it
// there is nothing.
const (
	Page  = 4096
	Zero  = 100
	Zero2 = 4000
)

// Addresses at which there is nothing to read, as is behind the page.
var nowhere = [...]uint64{0, 1, 4095, 1 << 46, 1 << 63, 1<<64 - 8, 1<<64 - 1}

type words struct {
	A uint64
	B uint32
	C [4]byte
}

func userMemory(*xdp.Context) {
	at := report.Arg(0)
	for _, off := range [...]uint64{0, 1, 7, 1000, Page - 16, Page - 15, Page - 1, Page} {
		w := words{A: 1, B: 1, C: [4]byte{1, 1, 1, 1}}
		report.Number("at", off)
		report.Err("ReadUser", rex.ReadUser(&w, at+off))
		report.Number("A", w.A)
		report.Number("B", w.B)
		report.Bytes("C", w.C[:])
		b := [3]byte{9, 9, 9}
		report.Err("ReadUserBytes", rex.ReadUserBytes(b[:], at+off))
		report.Bytes("bytes", b[:])
		report.Err("no bytes", rex.ReadUserBytes(nil, at+off))
		report.Err("as kernel memory", rex.ReadKernelBytes(b[:], at+off))
		report.Bytes("bytes", b[:])
	}
	for _, addr := range nowhere {
		w := words{A: 1}
		b := [5]byte{8, 8, 8, 8, 8}
		report.Number("address", addr)
		report.Err("ReadUser", rex.ReadUser(&w, addr))
		report.Number("A", w.A)
		report.Err("ReadUserBytes", rex.ReadUserBytes(b[:], addr))
		report.Bytes("bytes", b[:])
		report.Err("no bytes", rex.ReadUserBytes(b[:0], addr))
	}
}

func text(name string, b []byte, err error, dst []byte) {
	report.Err(name, err)
	report.Number("length", len(b))
	report.Is("nil", b == nil)
	report.Bytes("text", b)
	report.Bytes("all", dst)
}

func fill(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0xee
	}
	return b
}

func userStrings(*xdp.Context) {
	at := report.Arg(0)
	for _, tt := range [...]struct {
		off uint64
		n   int
	}{
		{Zero - 5, 10}, {Zero - 5, 6}, {Zero - 5, 5}, {Zero - 5, 4}, {Zero, 4}, {Zero - 5, 0}, {Zero, 0},
		{Zero - 90, 120}, {Zero - 64, 65}, {Zero - 64, 64}, {Zero2 - 5, 200},
		{Page - 8, 8}, {Page - 8, 9}, {Page - 90, 100}, {Page, 4}, {Page, 0}, {Zero2 + 1, Page - Zero2 - 1},
	} {
		report.Number("at", tt.off)
		dst := fill(tt.n)
		b, err := rex.ReadUserString(dst, at+tt.off)
		text("ReadUserString", b, err, dst)
	}
	dst := fill(8)
	b, err := rex.ReadKernelString(dst, at)
	text("user memory as the kernel's", b, err, dst)
	for _, addr := range nowhere {
		report.Number("address", addr)
		dst := fill(8)
		b, err := rex.ReadUserString(dst, addr)
		text("ReadUserString", b, err, dst)
		b, err = rex.ReadUserString(nil, addr)
		text("to nil", b, err, nil)
	}
}

// kernelMemory reads the current task's name. The test's word is the name.
func kernelMemory(*xdp.Context) {
	at := uint64(kernel.CurrentTask().Add(kernel.Offset("task_struct", "comm")))
	var name [16]byte
	report.Err("ReadKernel", rex.ReadKernel(&name, at))
	report.String("name", string(name[:]))
	var three [3]byte
	report.Err("ReadKernelBytes", rex.ReadKernelBytes(three[:], at+1))
	report.String("part of it", string(three[:]))
	report.Err("no bytes", rex.ReadKernelBytes(nil, at))
	report.Err("as user memory", rex.ReadUser(&name, at))
	report.Bytes("name", name[:])
	for _, n := range [...]int{0, 1, 3, 6, 7, 16} {
		dst := fill(n)
		b, err := rex.ReadKernelString(dst, at)
		text("ReadKernelString", b, err, dst)
	}
	for _, addr := range nowhere {
		name = [16]byte{1, 2, 3}
		dst := fill(8)
		report.Number("address", addr)
		report.Err("ReadKernel", rex.ReadKernel(&name, addr))
		report.Bytes("name", name[:])
		report.Err("ReadKernelBytes", rex.ReadKernelBytes(dst, addr))
		report.Bytes("bytes", dst)
		report.Err("no bytes", rex.ReadKernelBytes(nil, addr))
		dst = fill(8)
		b, err := rex.ReadKernelString(dst, addr)
		text("ReadKernelString", b, err, dst)
	}
}

func readToNil(*xdp.Context) {
	report.Err("not reached", rex.ReadKernel[uint64](nil, 0))
}

func readUserToNil(*xdp.Context) {
	report.Err("not reached", rex.ReadUser[uint64](nil, report.Arg(0)))
}

// kernelStructs follows the current task to its thread group's leader, whose
// pid is the test's argument.
func kernelStructs(*xdp.Context) {
	task := kernel.CurrentTask()
	report.Is("nil", task.IsNil())
	report.Is("pid", kernel.Read[uint32](task, kernel.Offset("task_struct", "pid")) == uint32(report.Arg(argPID)))
	tgid, ok := kernel.ReadOK[uint32](task, kernel.Offset("task_struct", "tgid"))
	report.Is("could be read", ok)
	report.Is("tgid", tgid == uint32(report.Arg(argTGID)))
	leader := task.Add(kernel.Offset("task_struct", "group_leader")).Follow()
	report.Is("leader's pid", kernel.Read[uint32](leader, kernel.Offset("task_struct", "pid")) == uint32(report.Arg(argTGID)))
	report.Is("its own leader", kernel.Read[kernel.Pointer](leader, kernel.Offset("task_struct", "group_leader")) == leader)
	comm := task.Add(kernel.Offset("task_struct", "comm"))
	for _, i := range [...]int{0, 3, 15} {
		report.Number("letter", kernel.Element[byte](comm, i, 16))
	}
	report.Number("pair", kernel.Element[[2]byte](comm, 1, 8)[1])
	report.Is("member that is there", kernel.Has("task_struct", "comm"))
	report.Is("member of a member", kernel.Has("task_struct", "se.sum_exec_runtime"))
	report.Is("member that is not there", kernel.Has("task_struct", "no_such_member"))
	report.Is("struct that is not there", kernel.Has("no_such_struct", "member"))
	for _, addr := range nowhere {
		p := kernel.Pointer(addr)
		report.Number("address", addr)
		report.Is("nil", p.IsNil())
		report.Number("Read", kernel.Read[uint64](p, 0))
		v, ok := kernel.ReadOK[uint32](p, 0)
		report.Is("ReadOK", ok)
		report.Number("value", v)
		report.Is("Follow", p.Follow().IsNil())
		report.String("Text", p.Text(10))
		report.Number("Element", kernel.Element[uint16](p, 1, 2))
	}
}

func kernelStrings(*xdp.Context) {
	comm := kernel.CurrentTask().Add(kernel.Offset("task_struct", "comm"))
	for _, n := range [...]int{0, 1, 6, 7, 100} {
		report.String("Text", comm.Text(n))
	}
	report.String("from the second letter", comm.Add(1).Text(3))
}

func missingMember(*xdp.Context) {
	if kernel.Has("task_struct", "no_such_member") {
		return
	}
	p := kernel.CurrentTask()
	report.Number("not reached", kernel.Read[uint32](p, kernel.Offset("task_struct", "no_such_member")))
}

func elementBeyond(*xdp.Context) {
	report.Number("not reached", kernel.Element[byte](kernel.CurrentTask(), int(report.Arg(argPID)), 1))
}

func elementBefore(*xdp.Context) {
	report.Number("not reached", kernel.Element[byte](kernel.CurrentTask(), -int(report.Arg(argPID)), 1))
}

func negativeText(*xdp.Context) {
	report.String("not reached", kernel.CurrentTask().Text(-int(report.Arg(argPID))))
}
