// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/kernel"
)

// PinRoot is where rex load pins extensions: each in a directory of its name.
const PinRoot = "/sys/fs/bpf/rex"

// A pinned extension is a directory on a BPF file system:
//
//	extension        symbolic link: the extension's name in the kernel
//	object           symbolic link: the SHA-256 sum of its object
//	programs/NAME    its stubs, which hold the kernel module
//	maps/NAME        its maps
//	links/NAME-N     its links; NAME is the program that is attached
//
// The two that are no references are symbolic links because such a file system
// has no ordinary files.
const (
	pinExtension = "extension"
	pinObject    = "object"
	pinPrograms  = "programs"
	pinMaps      = "maps"
	pinLinks     = "links"
)

// Pin makes the extension outlive this process: it stays loaded, and what is
// attached stays attached, now and with what is attached later, until Unpin. Its
// programs, maps and links become files in dir, a new directory on a BPF file
// system. OpenPinned opens it again.
//
// On error nothing is pinned. Errors match ErrPinned when dir is there already,
// ErrNoBPFFS or ErrClosed.
func (e *Extension) Pin(dir string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.pin(dir); err != nil {
		return fmt.Errorf("pin extension %s to %s: %w", e.Name(), dir, err)
	}
	return nil
}

func (e *Extension) pin(dir string) (err error) {
	switch {
	case e.closed:
		return ErrClosed
	case e.pins != "":
		return fmt.Errorf("%w: in %s", ErrPinned, e.pins)
	}
	// The check comes before anything is made.
	parent := filepath.Dir(dir)
	there := parent
	for there != "/" && there != "." && !exists(there) {
		there = filepath.Dir(there)
	}
	if err := kernel.CheckBPFFS(there); err != nil {
		return err
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrExist) {
		return ErrPinned
	} else if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			removePins(dir)
		}
	}()
	for _, sub := range []string{pinPrograms, pinMaps, pinLinks} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	if err := os.Symlink(e.Name(), filepath.Join(dir, pinExtension)); err != nil {
		return err
	}
	if err := os.Symlink(hex.EncodeToString(e.obj.sum[:]), filepath.Join(dir, pinObject)); err != nil {
		return err
	}
	for name, p := range e.stubs {
		if err := p.Pin(filepath.Join(dir, pinPrograms, name)); err != nil {
			return err
		}
	}
	for name, m := range e.maps {
		if err := pinMap(m, filepath.Join(dir, pinMaps, name)); err != nil {
			return err
		}
	}
	for _, l := range e.openLinks() {
		if err := e.pinLink(dir, l); err != nil {
			return err
		}
	}
	e.pins = dir
	return nil
}

// openLinks returns the links that their owner has not closed. The caller holds
// e.mu.
func (e *Extension) openLinks() (open []link.Link) {
	for _, l := range e.links {
		if _, err := l.Info(); !errors.Is(err, syscall.EBADF) {
			open = append(open, l)
		}
	}
	return open
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// pinMap pins a map that may be pinned elsewhere too: the library keeps one path
// for each handle, and would move it.
func pinMap(m *ebpf.Map, path string) error {
	c, err := m.Clone()
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Pin(path)
}

// pinLink pins a link of the extension's under the first free number. The caller
// holds e.mu.
func (e *Extension) pinLink(dir string, l link.Link) error {
	info, err := l.Info()
	if err != nil {
		return err
	}
	program, err := e.linked(info)
	if err != nil {
		return err
	}
	// As with maps, a handle of its own.
	own, err := link.NewFromID(info.ID)
	if err != nil {
		return err
	}
	defer own.Close()
	for n := 0; ; n++ {
		err := own.Pin(filepath.Join(dir, pinLinks, program+"-"+strconv.Itoa(n)))
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}

// linked returns the name of the program that a link attaches. The caller holds
// e.mu.
func (e *Extension) linked(info *link.Info) (string, error) {
	for name, p := range e.stubs {
		pi, err := p.Info()
		if err != nil {
			return "", err
		}
		if id, ok := pi.ID(); ok && id == info.Program {
			return name, nil
		}
	}
	return "", fmt.Errorf("link %d: %w: it attaches BPF program %d", info.ID, ErrNoProgram, info.Program)
}

// Links returns the links that attach the extension.
func (e *Extension) Links() []link.Link {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.openLinks()
}

// Unpin undoes Pin: from then on Close detaches and unloads again, as does this
// process's end.
func (e *Extension) Unpin() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pins == "" {
		return fmt.Errorf("unpin extension %s: %w", e.Name(), ErrNotPinned)
	}
	if err := removePins(e.pins); err != nil {
		return fmt.Errorf("unpin extension %s: %w", e.Name(), err)
	}
	e.pins = ""
	return nil
}

// Pinned returns the directory that the extension is pinned in, empty when it is
// not.
func (e *Extension) Pinned() string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.pins
}

// OpenPinned returns an extension that this or another process has loaded from
// the same object and pinned. Close leaves it as it is; Unpin before Close
// unloads it. Its events are those from now on.
//
// Errors match ErrNotPinned, ErrOtherObject, ErrNoExtension or ErrMapSpec.
func OpenPinned(obj *Object, dir string) (ext *Extension, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("open pinned extension %s: %w", dir, err)
		}
	}()
	name, err := pinnedName(dir)
	if err != nil {
		return nil, err
	}
	sum, err := os.Readlink(filepath.Join(dir, pinObject))
	if err != nil {
		return nil, err
	}
	if want := hex.EncodeToString(obj.sum[:]); sum != want {
		return nil, fmt.Errorf("%w: it was loaded from one with the SHA-256 sum %.12s…, this one has %.12s…", ErrOtherObject, sum, want)
	}
	dev, err := openDevice()
	if err != nil {
		return nil, err
	}
	e := &Extension{obj: obj, name: name, dev: dev, pins: dir, maps: map[string]*ebpf.Map{}, stubs: map[string]*ebpf.Program{}}
	defer func() {
		if err != nil {
			e.Close()
		}
	}()
	if _, err := dev.Extension(name); err != nil {
		return nil, err
	}
	e.module = name
	if e.events, err = openEvents(); err != nil {
		return nil, err
	}
	for _, p := range obj.img.Meta.Programs {
		prog, err := ebpf.LoadPinnedProgram(filepath.Join(dir, pinPrograms, p.Name), nil)
		if err != nil {
			return nil, err
		}
		e.stubs[p.Name] = prog
	}
	for _, meta := range obj.img.Meta.Maps {
		m, err := ebpf.LoadPinnedMap(filepath.Join(dir, pinMaps, meta.Name), nil)
		if err != nil {
			return nil, err
		}
		e.maps[meta.Name], e.owned = m, append(e.owned, m)
		if err := mapSpec(meta).Compatible(m); err != nil {
			return nil, err
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, pinLinks))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		l, err := link.LoadPinnedLink(filepath.Join(dir, pinLinks, f.Name()), nil)
		if err != nil {
			return nil, err
		}
		e.links = append(e.links, l)
	}
	return e, nil
}

// Unpin removes what Pin made in a directory, whoever made it, and returns the
// name of the extension. It is then detached, and can be unloaded when no process
// holds it. What a process left that was killed while it pinned is removed too;
// the name is empty when it had not got that far.
//
// Errors match ErrNotPinned or ErrNoBPFFS.
func Unpin(dir string) (name string, err error) {
	name, err = pinnedName(dir)
	if err != nil {
		if !exists(dir) {
			return "", fmt.Errorf("unpin %s: %w", dir, err)
		}
	}
	if err := removePins(dir); err != nil {
		return "", fmt.Errorf("unpin %s: %w", dir, err)
	}
	return name, nil
}

// Detach removes the links that are pinned in a directory and returns how many
// there were. The extension stays loaded.
func Detach(dir string) (int, error) {
	if _, err := pinnedName(dir); err != nil {
		return 0, fmt.Errorf("detach %s: %w", dir, err)
	}
	if err := kernel.CheckBPFFS(dir); err != nil {
		return 0, fmt.Errorf("detach %s: %w", dir, err)
	}
	n, err := removeFiles(filepath.Join(dir, pinLinks))
	if err != nil {
		return n, fmt.Errorf("detach %s: %w", dir, err)
	}
	return n, nil
}

func pinnedName(dir string) (string, error) {
	name, err := os.Readlink(filepath.Join(dir, pinExtension))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w there (rex load pins to %s/NAME)", ErrNotPinned, PinRoot)
	}
	return name, err
}

// removePins removes a directory that pin made, as far as it got. Links go
// first: nothing is called any more when the programs go.
func removePins(dir string) error {
	if err := kernel.CheckBPFFS(dir); err != nil {
		return err
	}
	for _, sub := range []string{pinLinks, pinPrograms, pinMaps} {
		if _, err := removeFiles(filepath.Join(dir, sub)); err != nil {
			return err
		}
	}
	for _, name := range []string{pinLinks, pinPrograms, pinMaps, pinObject, pinExtension} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(dir)
}

// removeFiles removes what is in a directory, if there is such a directory.
func removeFiles(dir string) (n int, err error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
