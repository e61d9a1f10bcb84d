// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kctl"
	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/internal/link"
)

// Errors of this package, for errors.Is. Each comes wrapped in what was being
// done and a hint.
var (
	// ErrNotRoot: a capability is missing that loading needs.
	ErrNotRoot = kernel.ErrNotRoot
	// ErrNotLoaded: rex.ko is not loaded.
	ErrNotLoaded = kernel.ErrNoRex
	// ErrABI: the loaded rex.ko belongs to another release.
	ErrABI = kctl.ErrABI
	// ErrObjectABI: the object was built by another release.
	ErrObjectABI = image.ErrABI
	// ErrNoExtension: no extension of that name is loaded.
	ErrNoExtension = kctl.ErrNoExtension
	// ErrRexKO: the file rex.ko that the linker needs was not found, or is
	// not the one that is loaded.
	ErrRexKO = errors.New("no usable rex.ko file")
	// ErrKernel: rex.ko was built for another kernel.
	ErrKernel = link.ErrKernel
	// ErrExists: an extension or kernel module of that name is loaded.
	ErrExists = errors.New("already loaded")
	// ErrNoProgram: the extension has no program of that name.
	ErrNoProgram = errors.New("no such program")
	// ErrNoMap: the extension has no map of that name.
	ErrNoMap = errors.New("no such map")
	// ErrMapType: the map does not hold what the Go types say.
	ErrMapType = errors.New("wrong map type")
	// ErrMapSpec: a map to be reused is not what the extension was compiled
	// for.
	ErrMapSpec = ebpf.ErrMapIncompatible
	// ErrProgramType: the program is for another kind of hook.
	ErrProgramType = errors.New("wrong program type")
	// ErrUnsupported: this release cannot load programs of that type yet.
	ErrUnsupported = kctl.ErrProgramType
	// ErrNoInterface: there is no such network interface.
	ErrNoInterface = errors.New("no such network interface")
	// ErrHookTaken: another program is attached; see HookTakenError.
	ErrHookTaken = errors.New("hook already taken")
	// ErrNoFunction: the kernel has no function of that name.
	ErrNoFunction = errors.New("no such kernel function")
	// ErrNotTraceable: the kernel does not let that function be probed.
	ErrNotTraceable = errors.New("kernel function cannot be probed")
	// ErrNoEvent: the kernel has no such tracepoint.
	ErrNoEvent = kernel.ErrNoEvent
	// ErrRecord: the extension and the kernel disagree about a trace record;
	// see RecordError.
	ErrRecord = errors.New("trace record mismatch")
	// ErrNoPerfEvent: this machine cannot count that event.
	ErrNoPerfEvent = errors.New("no such perf event")
	// ErrInUse: something outside this process holds the extension.
	ErrInUse = errors.New("still in use")
	// ErrPinned: an extension is pinned there already.
	ErrPinned = errors.New("already pinned")
	// ErrNotPinned: no extension is pinned.
	ErrNotPinned = errors.New("not pinned")
	// ErrOtherObject: the extension was loaded from another object.
	ErrOtherObject = errors.New("another object")
	// ErrNoBPFFS: a directory is not on a BPF file system.
	ErrNoBPFFS = kernel.ErrNoBPFFS
	// ErrSigEnforced: the kernel takes only signed kernel modules.
	ErrSigEnforced = kernel.ErrSigEnforced
	// ErrSignature: the kernel does not trust the signature.
	ErrSignature = errors.New("signature not trusted")
	// ErrClosed: the Extension was closed.
	ErrClosed = errors.New("extension is closed")
	// ErrInit: the extension's package initialisation failed; see InitError.
	ErrInit = errors.New("package initialisation failed")
)

// HookTakenError says what holds the hook. It matches ErrHookTaken.
type HookTakenError struct {
	// Hook names the hook, for example "xdp hook of veth0".
	Hook string
	// Program is the id of the BPF program that holds it, 0 when not known,
	// and Name its name.
	Program uint32
	Name    string
	// Link is the id of its BPF link; 0 when it was attached without one.
	Link uint32
	Err  error
}

func (e *HookTakenError) Error() string {
	s := fmt.Sprintf("%s: %v", e.Hook, ErrHookTaken)
	hint := "bpftool net lists what is attached"
	if e.Program != 0 {
		s += fmt.Sprintf(" by BPF program %d", e.Program)
		if e.Name != "" {
			s += fmt.Sprintf(" %q", e.Name)
		}
	}
	switch {
	case e.Link != 0:
		s += fmt.Sprintf(" through link %d", e.Link)
		hint = fmt.Sprintf("bpftool link detach id %d removes it", e.Link)
	case e.Program != 0:
		hint = "it was attached without a link: ip link set DEV xdp off removes it"
	}
	return s + " (" + hint + ")"
}

// Is makes errors.Is(err, ErrHookTaken) true.
func (e *HookTakenError) Is(target error) bool { return target == ErrHookTaken }

// Unwrap returns the kernel's error.
func (e *HookTakenError) Unwrap() error { return e.Err }

// InitError carries the report of a package initialisation that panicked, ran
// out of time or of stack. It matches ErrInit.
type InitError struct {
	Event Event
	Err   error
}

func (e *InitError) Error() string {
	return fmt.Sprintf("load extension %s: %v:\n%v", e.Event.Extension, ErrInit, e.Event)
}

// Is makes errors.Is(err, ErrInit) true.
func (e *InitError) Is(target error) bool { return target == ErrInit }

// Unwrap returns the kernel's error.
func (e *InitError) Unwrap() error { return e.Err }
