// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/kctl"
)

// mapSpec describes a map to the kernel. The kernel keeps the first 15 bytes
// of its name.
func mapSpec(m image.Map) *ebpf.MapSpec {
	return &ebpf.MapSpec{
		Name:       kctl.BPFName(m.Name),
		Type:       ebpf.MapType(m.Type),
		KeySize:    m.KeySize,
		ValueSize:  m.ValueSize,
		MaxEntries: m.MaxEntries,
		Flags:      m.Flags,
	}
}

// openMaps creates the extension's maps, or takes them from replacements.
// owned are those it created; on error there are none.
func openMaps(metas []image.Map, replacements map[string]*ebpf.Map) (all map[string]*ebpf.Map, owned []*ebpf.Map, err error) {
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
		m, err := ebpf.NewMap(spec)
		if err != nil {
			return nil, owned, fmt.Errorf("create map %s: %w", meta.Name, err)
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
