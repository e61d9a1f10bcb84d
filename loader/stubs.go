// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kctl"
)

// moduleBTF returns the kernel's BTF object of a kernel module.
func moduleBTF(name string) (*btf.Handle, error) {
	h, err := btf.FindHandle(func(info *btf.HandleInfo) bool { return info.IsModule() && info.Name == name })
	if errors.Is(err, btf.ErrNotFound) {
		return nil, fmt.Errorf("find BTF of kernel module %s: %w (the kernel refused it; its log says why)", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("find BTF of kernel module %s: %w", name, err)
	}
	return h, nil
}

// loadStubs loads the BPF program of each program; ids holds the trampolines'
// BTF ids in the same order. On error none stays loaded.
func loadStubs(handle *btf.Handle, progs []image.Program, ids []uint32) (stubs map[string]*ebpf.Program, err error) {
	stubs = map[string]*ebpf.Program{}
	defer func() {
		if err != nil {
			for _, p := range stubs {
				p.Close()
			}
			stubs = nil
		}
	}()
	for i, p := range progs {
		fd, err := kctl.Stub{Name: p.Name, Type: p.Type, BTF: handle.FD(), Func: ids[i], ContextBytes: contextBytes(p)}.Load()
		if err != nil {
			return stubs, err
		}
		prog, err := ebpf.NewProgramFromFD(fd)
		if err != nil {
			return stubs, fmt.Errorf("load stub %s: %w", p.Name, err)
		}
		stubs[p.Name] = prog
	}
	return stubs, nil
}
