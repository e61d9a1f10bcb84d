// SPDX-License-Identifier: Apache-2.0

package sim

import "encoding/binary"

// Mirror gives access to a map of the host implementation as user space has it
// to the kernel's: entries by the bytes of their keys, one value, or for per-CPU
// kinds one for each CPU.
type Mirror struct {
	// Kind is the map's type in package rex, File and Line where its
	// constructor is called.
	Kind string
	File string
	Line int
	// Dump returns copies of the entries. Load makes these entries the map's
	// own; arrays keep the elements that are not given.
	Dump func() map[string][][]byte
	Load func(map[string][][]byte)
}

var (
	pending Mirror
	mirrors []*Mirror
)

// Announce says what map is about to be made.
func Announce(m Mirror) {
	mu.Lock()
	defer mu.Unlock()
	pending = m
}

// Announced returns the kind of the map that was announced.
func Announced() string {
	mu.Lock()
	defer mu.Unlock()
	return pending.Kind
}

// AddMirror adds the map that was announced.
func AddMirror(dump func() map[string][][]byte, load func(map[string][][]byte)) {
	mu.Lock()
	defer mu.Unlock()
	m := pending
	m.Dump, m.Load = dump, load
	mirrors = append(mirrors, &m)
}

// Mirrors lists the maps that have been made.
func Mirrors() []*Mirror {
	mu.Lock()
	defer mu.Unlock()
	return mirrors
}

// Position is the key of the i-th value of a map without keys.
func Position(i int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(i))) }
