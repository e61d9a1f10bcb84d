// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/kctl"
)

// unloadTimeout bounds how long Close waits for the kernel to let go of the
// programs: an RCU grace period and a work queue, normally milliseconds.
const unloadTimeout = 5 * time.Second

// Extension is an extension that this process loaded. Its methods may be
// called concurrently.
type Extension struct {
	obj    *Object
	name   string
	dev    *kctl.Device
	events *kctl.EventReader
	maps   map[string]*ebpf.Map

	mu     sync.RWMutex
	closed bool
	// module is the kernel module's name, empty when it is not inserted.
	module string
	stubs  map[string]*ebpf.Program
	// kfuncs holds the BTF ids of the programs' trampolines, in the object's
	// order.
	kfuncs []uint32
	links  []link.Link
	owned  []*ebpf.Map
	// pins is the directory that the extension is pinned in, if it is.
	pins string
}

// Name is the extension's name.
func (e *Extension) Name() string { return e.name }

// Object is what the extension was loaded from.
func (e *Extension) Object() *Object { return e.obj }

// Map returns a map by its Go variable's name. It is closed by Close; clone it
// to keep it.
func (e *Extension) Map(name string) (*ebpf.Map, error) {
	m, ok := e.maps[name]
	if !ok {
		return nil, fmt.Errorf("map %s of extension %s: %w", name, e.Name(), ErrNoMap)
	}
	return m, nil
}

// Program returns the BPF program that stands for a program in the kernel, for
// hooks that this package has no method for. It is closed by Close.
func (e *Extension) Program(name string) (*ebpf.Program, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	p, err := e.program(name, 0)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", name, err)
	}
	return p, nil
}

// Stats returns the extension's state and counters.
func (e *Extension) Stats() (Stats, error) {
	q, err := e.dev.Extension(e.Name())
	return stats(q), err
}

// Resume lets the extension run again after it was stopped by a panic, a
// timeout, a stack overflow, or Stop.
func (e *Extension) Resume() error {
	_, err := e.dev.Resume(e.Name())
	return err
}

// Stop makes every program of the extension return its default verdict, until
// Resume.
func (e *Extension) Stop() error {
	_, err := e.dev.Stop(e.Name())
	return err
}

// Close detaches and unloads the extension and closes its maps. When something
// outside this process still holds a program, the extension stays in the
// kernel and the error matches ErrInUse. A pinned extension stays as it is.
// Further calls do nothing.
func (e *Extension) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	var errs []error
	// No new invocations: the hooks let go of the stubs.
	for _, l := range e.links {
		errs = append(errs, closeLink(l))
	}
	// The last references to the stubs that we know of. Each holds the kernel
	// module until the kernel has freed it.
	for _, p := range e.stubs {
		errs = append(errs, p.Close())
	}
	if e.module != "" && e.pins == "" {
		ctx, cancel := context.WithTimeout(context.Background(), unloadTimeout)
		defer cancel()
		errs = append(errs, removeModule(ctx, e.module))
	}
	// The kernel module had references of its own to the maps.
	for _, m := range e.owned {
		errs = append(errs, m.Close())
	}
	if e.events != nil {
		errs = append(errs, e.events.Close())
	}
	errs = append(errs, e.dev.Close())
	return errors.Join(errs...)
}

// closeLink closes a link unless its owner did so before.
func closeLink(l link.Link) error {
	if err := l.Close(); err != nil && !errors.Is(err, syscall.EBADF) {
		return fmt.Errorf("detach: %w", err)
	}
	return nil
}

func removeModule(ctx context.Context, name string) error {
	err := kctl.RemoveModule(ctx, name)
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EBUSY) {
		return fmt.Errorf("unload extension %s: %w: %w", name, ErrInUse, err)
	}
	if err != nil {
		return fmt.Errorf("unload extension %s: %w", name, err)
	}
	return nil
}
