// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bufio"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/rex-go/rex/internal/vm/guest"
)

// writeInitramfs writes the initial file system: the rex binary as /init and
// the kernel modules that lead to the host's file system.
func writeInitramfs(name, init string, k *Kernel) error {
	if err := checkStatic(init); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write initramfs: %w", err)
	}
	defer f.Close()
	buf := bufio.NewWriterSize(f, 1<<20)
	c := &cpio{w: buf}
	for _, dir := range []string{"dev", "proc", "sys", guest.ModuleDir[1:]} {
		c.dir(dir)
	}
	c.console("dev/console")
	c.file("init", init, 0o755)
	modules, err := k.bootModules()
	if err != nil {
		return err
	}
	for i, m := range modules {
		c.file(fmt.Sprintf("%s/%02d-%s", guest.ModuleDir[1:], i, path.Base(m)), m, 0o644)
	}
	c.trailer()
	if c.err == nil {
		c.err = buf.Flush()
	}
	if c.err != nil {
		return fmt.Errorf("write initramfs: %w", c.err)
	}
	return f.Close()
}

// checkStatic refuses a binary that needs a dynamic loader: there is none in
// the initramfs.
func checkStatic(init string) error {
	f, err := elf.Open(init)
	if err != nil {
		return fmt.Errorf("use %s as init: %w", init, err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("use %s as init: dynamically linked (build it with CGO_ENABLED=0)", init)
		}
	}
	return nil
}

// cpio writes an archive in the "newc" format
// (Documentation/driver-api/early-userspace/buffer-format.rst).
type cpio struct {
	w     io.Writer
	err   error
	inode int
	pos   int64
}

const (
	modeDir  = 0o040000
	modeFile = 0o100000
	modeChar = 0o020000
)

func (c *cpio) write(p []byte) {
	if c.err == nil {
		_, c.err = c.w.Write(p)
		c.pos += int64(len(p))
	}
}

func (c *cpio) pad() { c.write(make([]byte, -c.pos&3)) }

func (c *cpio) header(name string, mode uint32, size int64, major, minor int) {
	c.inode++
	c.write(fmt.Appendf(nil, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		c.inode, mode, 0, 0, 1, 0, size, 0, 0, major, minor, len(name)+1, 0, name))
	c.pad()
}

func (c *cpio) dir(name string) { c.header(name, modeDir|0o755, 0, 0, 0) }

// console makes the device that the kernel opens as process 1's standard
// streams.
func (c *cpio) console(name string) { c.header(name, modeChar|0o600, 0, 5, 1) }

func (c *cpio) file(name, from string, perm uint32) {
	if c.err != nil {
		return
	}
	f, err := os.Open(from)
	if err != nil {
		c.err = err
		return
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		c.err = err
		return
	}
	c.header(name, modeFile|perm, st.Size(), 0, 0)
	n, err := io.CopyN(struct{ io.Writer }{c.w}, f, st.Size())
	c.pos += n
	if err != nil && c.err == nil {
		c.err = err
	}
	c.pad()
}

func (c *cpio) trailer() { c.header("TRAILER!!!", 0, 0, 0, 0) }
