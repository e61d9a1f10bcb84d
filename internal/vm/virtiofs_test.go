// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"slices"
	"testing"

	"github.com/rex-go/rex/internal/vm/guest"
)

// TestHas9P: 9p may be a kernel module, built in, or not there; the machine gets
// the device that its kernel can use.
func TestHas9P(t *testing.T) {
	for _, tt := range []struct {
		file, text string
		want       bool
	}{
		{"modules.dep", "kernel/net/9p/9pnet.ko.xz:\nkernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko.xz\n", true},
		{"modules.builtin", "kernel/net/9p/9pnet_virtio.ko\n", true},
		{"modules.builtin", "kernel/fs/fuse/virtiofs.ko\n", false},
	} {
		k := &Kernel{Modules: writeTree(t, map[string]string{tt.file: tt.text})}
		if got := k.has9P(); got != tt.want {
			t.Errorf("with %q in %s: %v", tt.text, tt.file, got)
		}
	}
	m := &machine{cfg: Config{Memory: 512}}
	if args := m.rootArgs(); !slices.Contains(args, "virtio-9p-pci,fsdev=root,mount_tag="+guest.RootTag) {
		t.Errorf("without a daemon: %q", args)
	}
	m.virtiofs = "/run/a,b"
	if args := m.rootArgs(); !slices.Contains(args, "socket,id=root,path=/run/a,,b") || !slices.Contains(args, "memory-backend-memfd,id=memory,share=on,size=512M") {
		t.Errorf("with a daemon: %q", args)
	}
}
