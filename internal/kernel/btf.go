// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// BTFPath is where a running kernel offers its own type information.
const BTFPath = "/sys/kernel/btf/vmlinux"

// maxBTF bounds how much is read from a file (bytes). The kernel itself
// refuses more than 16 MiB (BTF_MAX_SIZE in kernel/bpf/btf.c).
const maxBTF = 16 << 20

// ErrNoBTF: the kernel or file has no type information.
var ErrNoBTF = errors.New("no BTF")

// BTF is a kernel's type information: the base that a kernel module's split
// BTF refers to, and the source of struct member offsets. It may be used by
// several goroutines at once.
//
// It is read in place, without building a graph of its hundred thousand types:
// loading an extension looks up a handful, and should not wait for the rest.
type BTF struct {
	types, strs []byte
	// pos holds the position in types of each type; pos[0] is void's and
	// means nothing.
	pos []uint32

	mu      sync.Mutex
	offsets map[[2]string]fieldResult
	structs map[string][]uint32 // structs and unions by name
}

type fieldResult struct {
	off uint32
	err error
}

// RunningBTF returns the running kernel's BTF, which is read once in a
// process. The error wraps ErrNoBTF when the kernel was built without.
func RunningBTF() (*BTF, error) { return runningBTF() }

var runningBTF = sync.OnceValues(func() (*BTF, error) {
	b, err := ReadBTF(BTFPath)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read kernel BTF: %w: %s is missing (the kernel needs CONFIG_DEBUG_INFO_BTF=y)", ErrNoBTF, BTFPath)
	}
	return b, err
})

// ReadBTF reads BTF from a file that is either raw BTF or an ELF file with a
// .BTF section, such as a vmlinux.
func ReadBTF(path string) (*BTF, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read kernel BTF: %w", err)
	}
	defer f.Close()
	raw, err := readBTF(f)
	if err != nil {
		return nil, fmt.Errorf("read kernel BTF from %s: %w", path, err)
	}
	b, err := ParseBTF(raw)
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, path)
	}
	return b, nil
}

func readBTF(f *os.File) ([]byte, error) {
	var magic [4]byte
	if _, err := f.ReadAt(magic[:], 0); err != nil {
		return nil, err
	}
	if string(magic[:]) == elf.ELFMAG {
		return elfBTF(f)
	}
	var buf bytes.Buffer
	if st, err := f.Stat(); err == nil && st.Size() <= maxBTF {
		buf.Grow(int(st.Size()) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(io.LimitReader(f, maxBTF+1))
	return buf.Bytes(), err
}

func elfBTF(r io.ReaderAt) ([]byte, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	s := f.Section(".BTF")
	if s == nil || s.Type == elf.SHT_NOBITS {
		return nil, fmt.Errorf("%w: the file has no .BTF section", ErrNoBTF)
	}
	if s.Size > maxBTF {
		return nil, fmt.Errorf("section .BTF has %d bytes, more than %d", s.Size, maxBTF)
	}
	return s.Data()
}

// ParseBTF takes raw BTF, as in BTFPath. raw is kept and must not be changed.
func ParseBTF(raw []byte) (*BTF, error) {
	if len(raw) > maxBTF {
		return nil, fmt.Errorf("parse kernel BTF: more than %d bytes", maxBTF)
	}
	b := &BTF{offsets: map[[2]string]fieldResult{}, structs: map[string][]uint32{}}
	if err := b.parse(raw); err != nil {
		return nil, fmt.Errorf("parse kernel BTF: %w", err)
	}
	return b, nil
}

// NumTypes returns the number of types, void included. It is the id of the
// first type of a split BTF on top of this one.
func (b *BTF) NumTypes() uint32 { return uint32(len(b.pos)) }

// StringsLen returns the size of the string section in bytes. It is the offset
// of the first string of a split BTF on top of this one.
func (b *BTF) StringsLen() uint32 { return uint32(len(b.strs)) }

// ErrNoType: the kernel has no type of that name and kind.
var ErrNoType = errors.New("no such kernel type")

// StructID returns the id of the struct with that name. When there are several
// the first one counts, as in the kernel's own btf_find_by_name_kind.
func (b *BTF) StructID(name string) (uint32, error) {
	for id := range b.named(name, 1<<kindStruct) {
		return id, nil
	}
	return 0, fmt.Errorf("look up struct %s in kernel BTF: %w", name, ErrNoType)
}

// IntID returns the id of the integer type with that name, such as
// "unsigned int".
func (b *BTF) IntID(name string) (uint32, error) {
	for id := range b.named(name, 1<<kindInt) {
		return id, nil
	}
	return 0, fmt.Errorf("look up integer %s in kernel BTF: %w", name, ErrNoType)
}
