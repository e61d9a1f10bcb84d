// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/internal/link"
)

// linkObject makes the kernel module for the running kernel. Its map table
// holds descriptors of this process, so that it is good for one load only.
func linkObject(img *image.Object, rexKO []byte, maps map[string]*ebpf.Map, opts *Options) (*link.Output, error) {
	types, err := kernel.RunningBTF()
	if err != nil {
		return nil, err
	}
	release, err := kernel.Release()
	if err != nil {
		return nil, err
	}
	in := link.Input{
		Object: img, RexKO: rexKO, BTF: types, Release: release,
		ModuleName: opts.Name, Key: opts.SigningKey, Cert: opts.SigningCert,
	}
	for _, m := range img.Meta.Maps {
		in.MapFDs = append(in.MapFDs, maps[m.Name].FD())
	}
	out, err := link.Link(in)
	if err != nil {
		return nil, err
	}
	if len(out.KfuncIDs) != len(img.Meta.Programs) {
		return nil, fmt.Errorf("link extension: %d trampolines for %d programs", len(out.KfuncIDs), len(img.Meta.Programs))
	}
	return out, nil
}
