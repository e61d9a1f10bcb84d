// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kctl"
)

// mapSpec describes a map to the kernel. The kernel keeps the first 15 bytes
// of its name.
func mapSpec(m image.Map) *ebpf.MapSpec {
	spec := &ebpf.MapSpec{
		Name:       kctl.BPFName(m.Name),
		Type:       ebpf.MapType(m.Type),
		KeySize:    m.KeySize,
		ValueSize:  m.ValueSize,
		MaxEntries: m.MaxEntries,
		Flags:      m.Flags,
	}
	if m.Lock != nil {
		spec.Key, spec.Value = lockTypes(m)
	}
	return spec
}

// lockTypes describes the key and value of a map with locks. To the kernel the
// key's bytes and those around the lock say nothing; an array's key has to be a
// uint32.
func lockTypes(m image.Map) (key, value btf.Type) {
	u8 := &btf.Int{Name: "u8", Size: 1}
	u32 := &btf.Int{Name: "u32", Size: 4}
	bytes := func(n uint32) btf.Type { return &btf.Array{Index: u32, Type: u8, Nelems: n} }
	key = u32
	if ebpf.MapType(m.Type) != ebpf.Array {
		key = bytes(m.KeySize)
	}
	lock := &btf.Struct{Name: "bpf_spin_lock", Size: 4, Members: []btf.Member{{Name: "val", Type: u32}}}
	s := &btf.Struct{Name: "value", Size: m.ValueSize}
	if *m.Lock > 0 {
		s.Members = append(s.Members, btf.Member{Name: "before", Type: bytes(*m.Lock)})
	}
	s.Members = append(s.Members, btf.Member{Name: "lock", Type: lock, Offset: btf.Bits(*m.Lock * 8)})
	if end := *m.Lock + lock.Size; end < m.ValueSize {
		s.Members = append(s.Members, btf.Member{Name: "behind", Type: bytes(m.ValueSize - end), Offset: btf.Bits(end * 8)})
	}
	return key, s
}

// openMaps creates the extension's maps, takes them from replacements, or, with
// a directory to pin them in, reuses those that are pinned there. owned are those
// that are not the caller's; on error there are none.
func openMaps(metas []image.Map, replacements map[string]*ebpf.Map, pins string) (all map[string]*ebpf.Map, owned []*ebpf.Map, err error) {
	defer func() {
		if err != nil {
			for _, m := range owned {
				m.Close()
			}
			all, owned = nil, nil
		}
	}()
	all = map[string]*ebpf.Map{}
	for _, meta := range metas {
		spec := mapSpec(meta)
		if m, ok := replacements[meta.Name]; ok {
			if err := spec.Compatible(m); err != nil {
				return nil, owned, fmt.Errorf("reuse map %s: %w", meta.Name, err)
			}
			all[meta.Name] = m
			continue
		}
		var opts ebpf.MapOptions
		verb := "create"
		if pins != "" {
			spec.Name, spec.Pinning, opts.PinPath = meta.Name, ebpf.PinByName, pins
			verb = "create or reuse pinned"
		}
		m, err := ebpf.NewMapWithOptions(spec, opts)
		if err != nil {
			return nil, owned, fmt.Errorf("%s map %s: %w", verb, meta.Name, err)
		}
		owned = append(owned, m)
		all[meta.Name] = m
	}
	for _, name := range slices.Sorted(maps.Keys(replacements)) {
		if all[name] == nil {
			return nil, owned, fmt.Errorf("reuse map %s: %w (the extension's maps: %v)", name, ErrNoMap, slices.Sorted(maps.Keys(all)))
		}
	}
	return all, owned, nil
}
