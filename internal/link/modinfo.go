// SPDX-License-Identifier: Apache-2.0

package link

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rex-go/rex/internal/abi"
)

// addModinfo makes .modinfo. The license is that of the interfaces the code
// uses: the kernel gives them to nothing else.
func (m *module) addModinfo() error {
	var b []byte
	for _, kv := range [][2]string{
		{"license", "GPL"},
		{"description", "Rex extension " + m.meta.Package},
		{"rex_ext", m.meta.Name},
		{"rex_abi", abiString(abi.Version, abi.Hash())},
		{"depends", abi.ModuleName},
		{"retpoline", "Y"},
		{"name", m.name},
		{"vermagic", m.rex.vermagic},
	} {
		if strings.ContainsRune(kv[1], 0) {
			return fmt.Errorf("%w: %s contains a zero byte", ErrObject, kv[0])
		}
		b = append(append(append(append(b, kv[0]...), '='), kv[1]...), 0)
	}
	m.section(modinfoSection, elf.SHF_ALLOC, 1, b)
	return nil
}

// addVersions makes __versions: with each symbol that the kernel is to bind,
// the CRC of the interface it was compiled against.
func (m *module) addVersions() error {
	names := slices.Sorted(maps.Keys(m.undefined))
	for _, name := range names {
		if strings.HasPrefix(name, "rex_") && !m.rex.exports[name] {
			return fmt.Errorf("%w: it does not export %s", ErrRexKO, name)
		}
	}
	if m.rex.crcs == nil {
		return nil // the kernel was built without CONFIG_MODVERSIONS
	}
	var b []byte
	for _, name := range append([]string{"module_layout"}, names...) {
		crc, ok := m.rex.crcs[name]
		if !ok {
			return fmt.Errorf("%w: %s", ErrVersion, name)
		}
		if len(name) >= versionName {
			return fmt.Errorf("%w: the name %s is too long", ErrVersion, name)
		}
		b = binary.LittleEndian.AppendUint64(b, uint64(crc))
		b = append(b, name...)
		b = append(b, make([]byte, versionName-len(name))...)
	}
	m.section(versionsSection, elf.SHF_ALLOC, 32, b)
	return nil
}
