// SPDX-License-Identifier: Apache-2.0

package recursive

import (
	"strings"
	"testing"

	"github.com/rex-go/rex/kernel"
	"github.com/rex-go/rex/rextest"
)

// dentry makes a directory entry; the root of a file system is its own parent.
func dentry(t *testing.T, parent kernel.Pointer, name string) kernel.Pointer {
	t.Helper()
	d := rextest.KernelStruct(t, "dentry", rextest.Fields{"d_parent": parent, "d_name.name": rextest.KernelText(t, name)})
	if parent.IsNil() {
		rextest.SetKernel(t, d, "dentry", rextest.Fields{"d_parent": d})
	}
	return d
}

// open runs the program and returns the path that it reports.
func open(t *testing.T, mount, dentry kernel.Pointer) string {
	t.Helper()
	file := rextest.KernelStruct(t, "file", rextest.Fields{
		"f_path.mnt": mount.Add(kernel.Offset("mount", "mnt")), "f_path.dentry": dentry,
	})
	rextest.RunKprobe(t, OnOpen, rextest.Args(uint64(file)))
	got := rextest.RecordsOf[Open](t, opens)
	if len(got) != 1 {
		t.Fatalf("%d records", len(got))
	}
	return string(got[0].Path[:got[0].Len])
}

func TestOnOpen(t *testing.T) {
	rextest.Reset(t)
	root := dentry(t, 0, "/")
	rootMount := rextest.KernelStruct(t, "mount", rextest.Fields{"mnt.mnt_root": root})
	rextest.SetKernel(t, rootMount, "mount", rextest.Fields{"mnt_parent": rootMount, "mnt_mountpoint": root})
	home := dentry(t, root, "home")
	disk := dentry(t, 0, "/")
	diskMount := rextest.KernelStruct(t, "mount", rextest.Fields{"mnt.mnt_root": disk, "mnt_parent": rootMount, "mnt_mountpoint": home})
	user := dentry(t, disk, "user")

	deep, names := user, "/home/user"
	for range MaxDepth - 3 {
		deep, names = dentry(t, deep, "d"), names+"/d"
	}
	for _, c := range []struct {
		mount, dentry kernel.Pointer
		want          string
	}{
		{rootMount, home, "/home"},
		{rootMount, root, ""},
		{diskMount, dentry(t, user, "notes.txt"), "/home/user/notes.txt"},
		{diskMount, disk, "/home"},
		{rootMount, dentry(t, 0, "pipe"), ""}, // not in a directory
		{diskMount, deep, names},
		{diskMount, dentry(t, deep, "d"), "..." + strings.TrimPrefix(names, "/home") + "/d"},
		{rootMount, 0x1234, ""}, // nothing there
		{diskMount, dentry(t, user, strings.Repeat("x", 250)), "/home/user/" + strings.Repeat("x", MaxPath-11)},
	} {
		if got := open(t, c.mount, c.dentry); got != c.want {
			t.Errorf("path %q, want %q", got, c.want)
		}
	}
}
