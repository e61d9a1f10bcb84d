// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"cmp"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"syscall"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/internal/kctl"
	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/internal/report"
)

// Options say how to load an extension. The zero value is fine.
type Options struct {
	// MapReplacements gives maps that exist already to the extension instead
	// of new ones, by name. They stay the caller's to close.
	MapReplacements map[string]*ebpf.Map
	// PinPath is a directory on a BPF file system. Maps that are pinned there
	// under their names are reused, the others are created and pinned: they
	// outlive the extension and are shared by all that use the same
	// directory. Empty means that maps belong to this extension.
	PinPath string
	// RexKO is the path of the loaded rex.ko; empty means the one that
	// EnvRexKO names, or that is found below /lib/modules and in the user's
	// cache directory.
	RexKO string
	// Name is what the extension is called in the kernel, instead of its
	// object's name: at most 31 of a-z, 0-9 and _. With it two versions of an
	// extension can be loaded at a time, and one replace the other.
	Name string
	// SigningKey, with its certificate, signs what is loaded, as a kernel
	// that takes only signed kernel modules asks for; it must trust the
	// certificate. RSA or ECDSA.
	SigningKey  crypto.Signer
	SigningCert *x509.Certificate
}

// Load links an object for the running kernel, creates its maps, inserts it
// and runs its package initialisation. Its programs are then ready to be
// attached and test-run.
//
// On error nothing stays behind. Errors match this package's sentinels, or are
// the kernel's: print those with %+v to see the kernel's log.
func Load(obj *Object, opts Options) (ext *Extension, err error) {
	if err := check(opts.SigningKey != nil); err != nil {
		return nil, fmt.Errorf("load extension %s: %w", obj.Name(), err)
	}
	if err := checkRecords(obj.img.Meta.Programs); err != nil {
		return nil, fmt.Errorf("load extension %s: %w", obj.Name(), err)
	}
	dev, err := openDevice()
	if err != nil {
		return nil, fmt.Errorf("load extension %s: %w", obj.Name(), err)
	}
	e := &Extension{obj: obj, name: cmp.Or(opts.Name, obj.Name()), dev: dev}
	defer func() {
		if err != nil {
			// The first error is the one that tells; what undoing it may
			// add is a consequence.
			e.Close()
			var own *InitError
			if !errors.As(err, &own) {
				err = fmt.Errorf("load extension %s: %w", obj.Name(), err)
			}
		}
	}()
	// Opened first, so that the events of the package initialisation count.
	if e.events, err = openEvents(); err != nil {
		return nil, err
	}
	if _, err := e.events.Drain(); err != nil {
		return nil, err
	}
	if err := dev.ProvideHelpers(); err != nil {
		return nil, err
	}
	if e.maps, e.owned, err = openMaps(obj.img.Meta.Maps, opts.MapReplacements, opts.PinPath); err != nil {
		return nil, err
	}
	ko, err := rexKO(opts.RexKO)
	if err != nil {
		return nil, err
	}
	linked, err := linkObject(obj.img, ko, e.maps, &opts)
	if err != nil {
		return nil, err
	}
	if err := kctl.InsertModule(linked.Name, linked.Module); err != nil {
		return nil, e.insertError(err)
	}
	e.module, e.kfuncs = linked.Name, linked.KfuncIDs
	handle, err := moduleBTF(e.module)
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	e.stubs, err = loadStubs(handle, obj.img.Meta.Programs, linked.KfuncIDs)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Check reports what keeps this process from loading extensions: missing
// capabilities, a kernel that takes no modules, no rex.ko, one of another
// release. nil means that nothing does.
func Check() error { return check(false) }

// check is Check for an extension that is signed, or not.
func check(signed bool) error {
	if err := kernel.Running().CheckLoad(signed); err != nil {
		return err
	}
	dev, err := openDevice()
	if err != nil {
		return err
	}
	return dev.Close()
}

// insertError finds out whether the package initialisation is to blame.
func (e *Extension) insertError(err error) error {
	switch {
	case errors.Is(err, syscall.EEXIST):
		return fmt.Errorf("%w: %w", ErrExists, err)
	case errors.Is(err, syscall.EKEYREJECTED), errors.Is(err, syscall.ENOKEY), errors.Is(err, syscall.EBADMSG):
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	recs, _ := e.events.Drain()
	look := e.lookup()
	for i := range recs {
		ev := report.Make(&recs[i], look)
		if ev.Extension != e.Name() {
			continue
		}
		switch ev.Kind {
		case report.Panic, report.Timeout, report.StackOverflow:
			return &InitError{Event: ev, Err: err}
		}
	}
	return err
}
