// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"encoding/binary"
	"fmt"

	"github.com/cilium/ebpf"
)

// ReadStack reads a stack from a rex.StackTrace map: the addresses, innermost
// first. The error matches ebpf.ErrKeyNotExist when there is none with that id.
//
// What has been read may be removed with m.Delete(id), which makes room.
func ReadStack(m *ebpf.Map, id uint32) ([]uint64, error) {
	if m.Type() != ebpf.StackTrace {
		return nil, fmt.Errorf("read stack %d: map is a %s, not a StackTrace", id, m.Type())
	}
	raw := make([]byte, m.ValueSize())
	if err := m.Lookup(id, raw); err != nil {
		return nil, fmt.Errorf("read stack %d: %w", id, err)
	}
	// A stack that is shorter than the value ends with a zero.
	var stack []uint64
	for ; len(raw) >= 8; raw = raw[8:] {
		addr := binary.LittleEndian.Uint64(raw)
		if addr == 0 {
			break
		}
		stack = append(stack, addr)
	}
	return stack, nil
}
