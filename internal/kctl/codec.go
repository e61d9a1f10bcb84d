// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/rex-go/rex/internal/abi"
)

// EventSize is the size in bytes of one record read from the device.
var EventSize = binary.Size(abi.Event{})

// DecodeEvent decodes one record. The record comes from the kernel, but its
// counts are still bounded here, so that no reader of Event has to.
func DecodeEvent(raw []byte) (abi.Event, error) {
	var ev abi.Event
	if len(raw) != EventSize {
		return ev, fmt.Errorf("decode event: %d bytes, want %d", len(raw), EventSize)
	}
	if _, err := binary.Decode(raw, binary.LittleEndian, &ev); err != nil {
		return ev, fmt.Errorf("decode event: %w", err)
	}
	ev.NumFrames = min(ev.NumFrames, abi.MaxFrames)
	ev.TotalFrames = max(ev.TotalFrames, ev.NumFrames)
	ev.MessageLen = min(ev.MessageLen, abi.MaxMessage)
	return ev, nil
}

// encode returns the C layout of an ABI struct. It panics on a type that has
// no fixed size, which no ABI struct may be.
func encode(v any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		panic(err)
	}
	return b
}

// CString returns the text of a fixed-size, zero-terminated field.
func CString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// name fills a NameSize field; ok is false when s does not fit.
func name(s string) (n [abi.NameSize]uint8, ok bool) {
	if len(s) >= abi.NameSize {
		return n, false
	}
	copy(n[:], s)
	return n, true
}
