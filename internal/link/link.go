// SPDX-License-Identifier: Apache-2.0

// Package link turns an object into a kernel module for one kernel: it
// resolves what only the target knows and adds what the kernel's build system
// would have added. The only description of the target that it needs is the
// rex.ko built for it and its BTF. It is pure: the same input gives the same
// bytes, on any machine.
//
// The result has the object's .text first and unchanged but for resolved
// relocations, so that frames of events stay offsets into the object. Then
// come the object's data, and sections of our own:
//
//	.text.rex                  trampolines, init_module, cleanup_module
//	.data..ro_after_init       ExtDesc, MapDesc (appended to the object's own)
//	.data.rex                  ProgDesc, btf_id_set8 of the kfuncs
//	.return_sites              the jumps that the kernel patches at load,
//	.retpoline_sites           as objtool would list them
//	.modinfo __versions .gnu.linkonce.this_module .BTF
//
// Left out on purpose: .call_sites (call depth tracking rewrites the padding
// in front of a callee, which our functions have not got; the kernel then
// leaves our calls alone), .ibt_endbr_seal (an optional hardening; sealing
// needs to know every address that is taken), .orc_unwind (rex.ko walks frame
// pointers).
package link

import (
	"crypto"
	"crypto/x509"
	"fmt"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kernel"
)

// Input is everything that decides the output.
type Input struct {
	Object *image.Object
	// RexKO is the contents of the target's rex.ko.
	RexKO []byte
	// BTF is the target kernel's.
	BTF *kernel.BTF
	// ModuleName is the kernel module's name, at most abi.NameSize-1 bytes of
	// [a-z0-9_]; empty for Object.Meta.Name.
	ModuleName string
	// MapFDs holds, for each of Object.Meta.Maps, a file descriptor of the map
	// in the process that will insert the kernel module.
	MapFDs []int
	// Release is the kernel the result is meant for, as uname -r prints it;
	// rex.ko must have been built for the same. Empty skips this check.
	Release string
	// Key, when not nil, signs the result as the kernel's sign-file does; Cert
	// is its certificate, which the target's kernel must trust. RSA or ECDSA.
	Key  crypto.Signer
	Cert *x509.Certificate
}

// Output is a linked extension.
type Output struct {
	// Module is the kernel module, ready for init_module(2).
	Module []byte
	// Name is its name, which is also ExtDesc.Name.
	Name string
	// Kfuncs holds, for each of Object.Meta.Programs, the symbol of its
	// trampoline, and KfuncIDs its id in the kernel module's BTF.
	Kfuncs   []string
	KfuncIDs []uint32
}

// Link makes the kernel module. It never panics, whatever the contents of
// Object and RexKO. Errors match this package's sentinels and those of
// packages image, audit and kernel. Link does not change its input.
func Link(in Input) (*Output, error) {
	out, err := link(in)
	if err != nil {
		return nil, fmt.Errorf("link extension: %w", err)
	}
	return out, nil
}

func link(in Input) (*Output, error) {
	if in.Object == nil || in.BTF == nil {
		return nil, fmt.Errorf("%w: no object or no BTF", ErrInput)
	}
	meta := &in.Object.Meta
	if meta.Process {
		return nil, fmt.Errorf("%w: it was compiled to run in a process", ErrObject)
	}
	name := in.ModuleName
	if name == "" {
		name = meta.Name
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if len(in.MapFDs) != len(meta.Maps) {
		return nil, fmt.Errorf("%w: %d file descriptors for %d maps", ErrInput, len(in.MapFDs), len(meta.Maps))
	}
	rex, err := readRexKO(in.RexKO)
	if err != nil {
		return nil, err
	}
	if err := rex.check(meta, in.Release); err != nil {
		return nil, err
	}
	if err := in.Object.Validate(); err != nil {
		return nil, err
	}
	if len(meta.Programs) == 0 {
		return nil, fmt.Errorf("%w: the object has no program", ErrInput)
	}
	if err := audit.Check(in.Object); err != nil {
		return nil, err
	}

	m := newModule(name, in.Object, rex)
	for _, step := range []func() error{
		// Descriptors stand before the object's relocations, which refer to
		// them; sites and versions come last, when all references are known.
		func() error { return m.addObject() },
		func() error { return m.addDescriptors(in.MapFDs) },
		func() error { return m.addText() },
		func() error { return m.addBTF(in.BTF) },
		func() error { return m.resolve(in.BTF) },
		func() error { return m.addSites() },
		func() error { return m.addModinfo() },
		func() error { return m.addThisModule() },
		func() error { return m.addVersions() },
		func() error { m.text.Name = textSection; return nil },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	b, err := m.out.ELF()
	if err != nil {
		return nil, err
	}
	if in.Key != nil {
		if b, err = Sign(b, in.Key, in.Cert); err != nil {
			return nil, err
		}
	}
	return &Output{Module: b, Name: name, Kfuncs: m.kfuncs, KfuncIDs: m.kfuncIDs}, nil
}

// checkName accepts what the kernel, kallsyms and BTF accept as a name.
func checkName(name string) error {
	ok := name != "" && len(name) < abi.NameSize && name != abi.ModuleName
	for _, c := range []byte(name) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_')
	}
	if !ok {
		return fmt.Errorf("%w: kernel module name %q (want 1 to %d of a-z, 0-9 and _, and not %q)", ErrInput, name, abi.NameSize-1, abi.ModuleName)
	}
	return nil
}
