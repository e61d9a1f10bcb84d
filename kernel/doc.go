// SPDX-License-Identifier: Apache-2.0

// Package kernel reads the kernel's own data structures. Extensions use it
// through types that rex kernel-types generates from a kernel's BTF:
//
//	//go:generate rex kernel-types -o ktypes.go task_struct:pid,tgid,real_parent
//
//	task := TaskStruct{kernel.CurrentTask()}
//	parent := task.RealParent().Pid()
//
// Where a member lies is found out when the extension is loaded, from the BTF
// of the kernel it is loaded into: one object runs on kernels whose structs
// differ. A member that the kernel has not got makes loading fail, with an
// error that names it, unless the extension tests it with Has.
//
// Kernel memory is read by copying, and an address that is not mapped reads as
// zero: whatever a pointer is, following it cannot harm the kernel. It can
// change meanwhile, so that two reads need not belong together.
package kernel
