// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/cilium/ebpf/btf"
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
type BTF struct {
	spec   *btf.Spec
	types  uint32
	strLen uint32

	mu      sync.Mutex
	offsets map[[2]string]fieldResult
}

type fieldResult struct {
	off uint32
	err error
}

// RunningBTF reads the running kernel's BTF. The error wraps ErrNoBTF when
// the kernel was built without.
func RunningBTF() (*BTF, error) {
	b, err := ReadBTF(BTFPath)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read kernel BTF: %w: %s is missing (the kernel needs CONFIG_DEBUG_INFO_BTF=y)", ErrNoBTF, BTFPath)
	}
	return b, err
}

// ReadBTF reads BTF from a file that is either raw BTF or an ELF file with a
// .BTF section, such as a vmlinux.
func ReadBTF(path string) (*BTF, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read kernel BTF: %w", err)
	}
	defer f.Close()
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); err != nil {
		return nil, fmt.Errorf("read kernel BTF from %s: %w", path, err)
	}
	var raw []byte
	if string(magic[:]) == elf.ELFMAG {
		raw, err = elfBTF(f)
	} else {
		// Not ReadAt: sysfs files of some kernels have no known size.
		raw, err = io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(magic[:]), f), maxBTF+1))
	}
	if err != nil {
		return nil, fmt.Errorf("read kernel BTF from %s: %w", path, err)
	}
	b, err := ParseBTF(raw)
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, path)
	}
	return b, nil
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
	types, strLen, err := measure(raw)
	if err != nil {
		return nil, fmt.Errorf("parse kernel BTF: %w", err)
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("parse kernel BTF: %w", err)
	}
	return &BTF{spec: spec, types: types, strLen: strLen, offsets: make(map[[2]string]fieldResult)}, nil
}

// Spec returns the types in cilium/ebpf's form.
func (b *BTF) Spec() *btf.Spec { return b.spec }

// NumTypes returns the number of types, void included. It is the id of the
// first type of a split BTF on top of this one.
func (b *BTF) NumTypes() uint32 { return b.types }

// StringsLen returns the size of the string section in bytes. It is the offset
// of the first string of a split BTF on top of this one.
func (b *BTF) StringsLen() uint32 { return b.strLen }

// ErrNoType: the kernel has no type of that name and kind.
var ErrNoType = errors.New("no such kernel type")

// StructID returns the id of the struct with that name. When there are several
// the first one counts, as in the kernel's own btf_find_by_name_kind.
func (b *BTF) StructID(name string) (uint32, error) {
	return typeID[*btf.Struct](b, "struct", name)
}

// IntID returns the id of the integer type with that name, such as
// "unsigned int".
func (b *BTF) IntID(name string) (uint32, error) {
	return typeID[*btf.Int](b, "integer", name)
}

func typeID[T btf.Type](b *BTF, kind, name string) (uint32, error) {
	types, err := b.spec.AnyTypesByName(name)
	if err != nil && !errors.Is(err, btf.ErrNotFound) {
		return 0, fmt.Errorf("look up %s %s in kernel BTF: %w", kind, name, err)
	}
	var first uint32
	for _, t := range types {
		if _, ok := t.(T); !ok {
			continue
		}
		id, err := b.spec.TypeID(t)
		if err != nil {
			return 0, fmt.Errorf("look up %s %s in kernel BTF: %w", kind, name, err)
		}
		if first == 0 || uint32(id) < first {
			first = uint32(id)
		}
	}
	if first == 0 {
		return 0, fmt.Errorf("look up %s %s in kernel BTF: %w", kind, name, ErrNoType)
	}
	return first, nil
}

// Sizes and kinds of include/uapi/linux/btf.h.
const (
	btfMagic     = 0xeb9f
	btfVersion   = 1
	btfHeaderLen = 24
	btfTypeLen   = 12
)

// measure counts the types of raw BTF, void included, and the bytes of its
// string section. cilium/ebpf tells neither.
func measure(raw []byte) (types, strLen uint32, err error) {
	if len(raw) < btfHeaderLen {
		return 0, 0, fmt.Errorf("%d bytes are too few for a header", len(raw))
	}
	le := binary.LittleEndian
	if le.Uint16(raw) != btfMagic || raw[2] != btfVersion {
		return 0, 0, fmt.Errorf("not little-endian BTF of version %d", btfVersion)
	}
	hdrLen := uint64(le.Uint32(raw[4:]))
	typeOff, typeLen := uint64(le.Uint32(raw[8:])), uint64(le.Uint32(raw[12:]))
	strOff, strSize := uint64(le.Uint32(raw[16:])), uint64(le.Uint32(raw[20:]))
	if hdrLen < btfHeaderLen || hdrLen+typeOff+typeLen > uint64(len(raw)) || hdrLen+strOff+strSize > uint64(len(raw)) {
		return 0, 0, errors.New("a section lies outside the data")
	}
	types = 1
	for t := raw[hdrLen+typeOff:][:typeLen]; len(t) > 0; types++ {
		if len(t) < btfTypeLen {
			return 0, 0, fmt.Errorf("type %d is cut off", types)
		}
		info := le.Uint32(t[4:])
		n, ok := kindLen(info>>24&0x1f, info&0xffff)
		if !ok {
			return 0, 0, fmt.Errorf("type %d has the unknown kind %d", types, info>>24&0x1f)
		}
		if len(t) < btfTypeLen+n {
			return 0, 0, fmt.Errorf("type %d is cut off", types)
		}
		t = t[btfTypeLen+n:]
	}
	return types, uint32(strSize), nil
}

// kindLen returns how many bytes follow struct btf_type for a kind with vlen
// elements.
func kindLen(kind, vlen uint32) (int, bool) {
	n := int(vlen)
	switch kind {
	case 1, 14, 17: // INT, VAR, DECL_TAG
		return 4, true
	case 2, 7, 8, 9, 10, 11, 12, 16, 18: // PTR, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FLOAT, TYPE_TAG
		return 0, true
	case 3: // ARRAY
		return 12, true
	case 4, 5, 15, 19: // STRUCT, UNION, DATASEC, ENUM64
		return 12 * n, true
	case 6, 13: // ENUM, FUNC_PROTO
		return 8 * n, true
	}
	return 0, false
}
