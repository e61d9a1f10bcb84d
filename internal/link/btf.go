// SPDX-License-Identifier: Apache-2.0

package link

import (
	"debug/elf"
	"encoding/binary"
	"fmt"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/kernel"
)

// Kinds and sizes of include/uapi/linux/btf.h.
const (
	btfMagic      = 0xeb9f
	btfVersion    = 1
	btfHeaderLen  = 24
	btfPtr        = 2
	btfFunc       = 12
	btfFuncProto  = 13
	btfSet8Kfuncs = 1 // BTF_SET8_KFUNCS
)

// splitBTF writes BTF on top of a kernel's: its ids and string offsets go on
// where the kernel's end.
type splitBTF struct {
	types, strings  []byte
	nextID, nextStr uint32
}

func (b *splitBTF) str(s string) uint32 {
	off := b.nextStr
	b.strings = append(append(b.strings, s...), 0)
	b.nextStr += uint32(len(s)) + 1
	return off
}

// add appends a struct btf_type with what follows it and returns its id.
func (b *splitBTF) add(name, kind, vlen, ref uint32, more ...uint32) uint32 {
	le := binary.LittleEndian
	for _, v := range append([]uint32{name, kind<<24 | vlen, ref}, more...) {
		b.types = le.AppendUint32(b.types, v)
	}
	b.nextID++
	return b.nextID - 1
}

func (b *splitBTF) bytes() []byte {
	le := binary.LittleEndian
	h := le.AppendUint16(nil, btfMagic)
	h = append(h, btfVersion, 0)
	for _, v := range []uint32{btfHeaderLen, 0, uint32(len(b.types)), uint32(len(b.types)), uint32(len(b.strings))} {
		h = le.AppendUint32(h, v)
	}
	return append(append(h, b.types...), b.strings...)
}

// contexts says how the verifier is to see a program type's context: the type
// it knows for that hook, or, where programs get a plain pointer, "ignore".
var contexts = map[abi.ProgramType]struct{ structName, param string }{
	abi.ProgramXDP:        {"xdp_md", "ctx"},
	abi.ProgramTC:         {"__sk_buff", "ctx"},
	abi.ProgramKprobe:     {"", "ctx__ign"},
	abi.ProgramTracepoint: {"", "ctx__ign"},
	abi.ProgramPerfEvent:  {"", "ctx__ign"},
	abi.ProgramKretprobe:  {"", "ctx__ign"},
}

// addBTF describes the trampolines to the verifier, and lists them in the set
// that rex.ko registers as kfuncs.
func (m *module) addBTF(base *kernel.BTF) error {
	b := &splitBTF{nextID: base.NumTypes(), nextStr: base.StringsLen()}
	u32, err := base.IntID("unsigned int")
	if err != nil {
		return err
	}
	// Starting with the empty string is not required of split BTF, but every
	// reader expects it.
	b.str("")
	protos := map[abi.ProgramType]uint32{}
	for _, p := range m.meta.Programs {
		if protos[p.Type] != 0 {
			continue
		}
		c, ok := contexts[p.Type]
		if !ok {
			return fmt.Errorf("%w: program %s has the unknown type %d", ErrObject, p.Name, p.Type)
		}
		var target uint32 // void
		if c.structName != "" {
			if target, err = base.StructID(c.structName); err != nil {
				return err
			}
		}
		ptr := b.add(0, btfPtr, 0, target)
		protos[p.Type] = b.add(0, btfFuncProto, 1, u32, b.str(c.param), ptr)
	}
	// struct btf_id_set8 (include/linux/btf_ids.h): ids in ascending order.
	le := binary.LittleEndian
	set := le.AppendUint32(nil, uint32(len(m.kfuncs)))
	set = le.AppendUint32(set, btfSet8Kfuncs)
	for i, name := range m.kfuncs {
		id := b.add(b.str(name), btfFunc, 0, protos[m.meta.Programs[i].Type])
		m.kfuncIDs = append(m.kfuncIDs, id)
		set = le.AppendUint32(set, id)
		set = le.AppendUint32(set, 0) // no KF_ flags: it may be called anywhere and returns a number
	}
	sec := m.out.Section(progSection)
	m.kfuncSet.Section, m.kfuncSet.Value = sec, appendTo(sec, set)
	m.kfuncSet.Size = uint64(len(set))
	m.section(".BTF", 0, 4, b.bytes())
	return nil
}

// addThisModule makes struct module: zero but for the name, and the kernel's
// two entry points.
func (m *module) addThisModule() error {
	data := make([]byte, m.rex.this.size)
	copy(data[m.rex.this.nameOff:], m.name)
	s := m.section(thisModuleSection, elf.SHF_ALLOC|elf.SHF_WRITE, m.rex.this.align, data)
	m.this.Section = s
	for _, sym := range m.out.Symbols {
		switch sym.Name {
		case initSymbol:
			address(s, m.rex.this.initOff, sym, 0)
		case cleanupSymbol:
			address(s, m.rex.this.cleanupOff, sym, 0)
		}
	}
	return nil
}
