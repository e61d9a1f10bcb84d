// SPDX-License-Identifier: Apache-2.0

// Package recursive reports the files that are opened, by their whole paths,
// which it finds by recursion through the kernel's directory entries.
package recursive

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/kprobe"
)

const (
	// MaxPath is how many bytes of a path are reported: the first ones.
	MaxPath = 240
	// MaxDepth is how many directories deep a path is followed.
	MaxDepth = 100
)

// Open is a file that was opened.
type Open struct {
	PID  uint32
	Len  uint32 // of Path
	Path [MaxPath]byte
}

var (
	// only has the process to look at; 0 stands for all.
	only  = rex.NewArray[uint32](1)
	opens = rex.NewRingBuf(1 << 18)
)

// OnOpen runs when the kernel opens a struct file, its argument.
//
//rex:kprobe do_dentry_open
func OnOpen(ctx *kprobe.Context) kprobe.Action {
	if p := *only.Lookup(0); p != 0 && p != rex.TGID() {
		return kprobe.Continue
	}
	file := kernel.Pointer(ctx.Arg(0))
	at := place{
		mount:  mountOf(file.Add(kernel.Offset("file", "f_path.mnt")).Follow()),
		dentry: file.Add(kernel.Offset("file", "f_path.dentry")).Follow(),
	}
	path := at.path(make([]byte, 0, MaxPath), 0)
	if r := rex.Reserve[Open](opens); r != nil {
		r.Value.PID = rex.TGID()
		r.Value.Len = uint32(copy(r.Value.Path[:], path))
		r.Submit()
	}
	return kprobe.Continue
}

// place is a directory entry, a struct dentry, in a mounted file system, a
// struct mount.
type place struct {
	mount, dentry kernel.Pointer
}

// mountOf returns the struct mount that a struct vfsmount is a part of.
func mountOf(vfsmount kernel.Pointer) kernel.Pointer {
	return vfsmount - kernel.Pointer(kernel.Offset("mount", "mnt"))
}

// above returns the place of the directory that p is in, and false at the root of
// everything. A file system's root lies where it is mounted: there mounted is
// true, and the name is that of the mount point.
func (p place) above() (up place, mounted, ok bool) {
	if p.dentry == p.mount.Add(kernel.Offset("mount", "mnt.mnt_root")).Follow() {
		up.mount = p.mount.Add(kernel.Offset("mount", "mnt_parent")).Follow()
		up.dentry = p.mount.Add(kernel.Offset("mount", "mnt_mountpoint")).Follow()
		return up, true, up.mount != p.mount
	}
	up.mount = p.mount
	up.dentry = p.dentry.Add(kernel.Offset("dentry", "d_parent")).Follow()
	return up, false, up.dentry != p.dentry && !up.dentry.IsNil()
}

// path appends the path of p to b: first that of the directory above it, then its
// own name.
func (p place) path(b []byte, depth int) []byte {
	up, mounted, ok := p.above()
	switch {
	case !ok:
		return b
	case depth == MaxDepth:
		return append(b, "..."...)
	}
	b = up.path(b, depth+1)
	if mounted {
		return b
	}
	b = append(b, '/')
	return append(b, p.dentry.Add(kernel.Offset("dentry", "d_name.name")).Follow().Text(255)...)
}
