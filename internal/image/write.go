// SPDX-License-Identifier: Apache-2.0

package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// Bytes returns the object as a file. Equal objects give equal bytes.
func (o *Object) Bytes() ([]byte, error) {
	meta, err := json.MarshalIndent(&o.Meta, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write object: %w", err)
	}
	return o.encode(meta)
}

// ELF returns the sections and symbols as a relocatable file without metadata:
// what the linker hands to the kernel. Equal objects give equal bytes.
func (o *Object) ELF() ([]byte, error) { return o.encode(nil) }

// encode writes the file; no MetaSection when meta is nil.
func (o *Object) encode(meta []byte) ([]byte, error) {
	w := &writer{index: map[*Section]uint16{}, symIndex: map[*Symbol]uint32{}}
	w.strtab.WriteByte(0)
	w.shstr.WriteByte(0)
	w.buf.Write(make([]byte, ehdrSize))
	w.shdrs = append(w.shdrs, elf.Section64{})

	for i, s := range o.Sections {
		w.index[s] = uint16(i + 1)
	}
	for _, s := range o.Sections {
		h := elf.Section64{Type: uint32(s.Type), Flags: uint64(s.Flags), Size: s.Size, Addralign: max(s.Align, 1)}
		if s.Link != nil {
			h.Link = uint32(w.index[s.Link])
		}
		w.add(s.Name, h, s.Data)
	}
	if meta != nil {
		w.add(MetaSection, elf.Section64{Type: uint32(elf.SHT_PROGBITS), Size: uint64(len(meta)), Addralign: 1}, meta)
	}

	symtab := uint32(len(w.shdrs))
	syms, locals := w.symbols(o)
	w.add(".symtab", elf.Section64{Type: uint32(elf.SHT_SYMTAB), Size: uint64(len(syms)), Link: symtab + 1, Info: locals, Addralign: 8, Entsize: symSize}, syms)
	w.add(".strtab", elf.Section64{Type: uint32(elf.SHT_STRTAB), Size: uint64(w.strtab.Len()), Addralign: 1}, w.strtab.Bytes())
	for _, s := range o.Sections {
		if len(s.Relocs) == 0 {
			continue
		}
		raw, err := w.relocs(s)
		if err != nil {
			return nil, err
		}
		w.add(".rela"+s.Name, elf.Section64{Type: uint32(elf.SHT_RELA), Flags: uint64(elf.SHF_INFO_LINK), Size: uint64(len(raw)),
			Link: symtab, Info: uint32(w.index[s]), Addralign: 8, Entsize: relaSize}, raw)
	}
	return w.finish()
}

type writer struct {
	buf           bytes.Buffer
	shdrs         []elf.Section64
	strtab, shstr bytes.Buffer
	index         map[*Section]uint16
	symIndex      map[*Symbol]uint32
}

func (w *writer) add(name string, h elf.Section64, data []byte) {
	h.Name = uint32(w.shstr.Len())
	w.shstr.WriteString(name)
	w.shstr.WriteByte(0)
	for uint64(w.buf.Len())%h.Addralign != 0 {
		w.buf.WriteByte(0)
	}
	h.Off = uint64(w.buf.Len())
	w.buf.Write(data)
	w.shdrs = append(w.shdrs, h)
}

// symbols encodes the symbol table, local symbols first as ELF demands, and
// returns the index of the first one that is not local.
func (w *writer) symbols(o *Object) (raw []byte, locals uint32) {
	var b bytes.Buffer
	b.Write(make([]byte, symSize))
	n := uint32(1)
	for _, local := range []bool{true, false} {
		for _, s := range o.Symbols {
			if (s.Bind == elf.STB_LOCAL) != local {
				continue
			}
			e := elf.Sym64{Info: elf.ST_INFO(s.Bind, s.Type), Value: s.Value, Size: s.Size}
			if s.Name != "" {
				e.Name = uint32(w.strtab.Len())
				w.strtab.WriteString(s.Name)
				w.strtab.WriteByte(0)
			}
			switch {
			case s.Section != nil:
				e.Shndx = w.index[s.Section]
			case s.Abs:
				e.Shndx = uint16(elf.SHN_ABS)
			}
			binary.Write(&b, binary.LittleEndian, &e) // into memory: cannot fail
			w.symIndex[s] = n
			n++
		}
		if local {
			locals = n
		}
	}
	return b.Bytes(), locals
}

func (w *writer) relocs(s *Section) ([]byte, error) {
	raw := make([]byte, 0, len(s.Relocs)*relaSize)
	le := binary.LittleEndian
	for _, r := range s.Relocs {
		n, ok := w.symIndex[r.Sym]
		if !ok {
			return nil, fmt.Errorf("write object: relocation at %s+%#x refers to a symbol that is not in the table", s.Name, r.Off)
		}
		raw = le.AppendUint64(raw, r.Off)
		raw = le.AppendUint64(raw, uint64(n)<<32|uint64(r.Type))
		raw = le.AppendUint64(raw, uint64(r.Addend))
	}
	return raw, nil
}

func (w *writer) finish() ([]byte, error) {
	// The name of .shstrtab itself must be in the table before it is written.
	size := uint64(w.shstr.Len() + len(".shstrtab") + 1)
	name := uint32(w.shstr.Len())
	w.shstr.WriteString(".shstrtab\x00")
	off := uint64(w.buf.Len())
	w.buf.Write(w.shstr.Bytes())
	w.shdrs = append(w.shdrs, elf.Section64{Name: name, Type: uint32(elf.SHT_STRTAB), Off: off, Size: size, Addralign: 1})
	if len(w.shdrs) > maxSections {
		return nil, fmt.Errorf("write object: %d sections", len(w.shdrs))
	}
	for w.buf.Len()%8 != 0 {
		w.buf.WriteByte(0)
	}
	shoff := uint64(w.buf.Len())
	if err := binary.Write(&w.buf, binary.LittleEndian, w.shdrs); err != nil {
		return nil, fmt.Errorf("write object: %w", err)
	}
	out := w.buf.Bytes()
	if len(out) > MaxFileSize {
		return nil, fmt.Errorf("write object: %w", ErrTooLarge)
	}
	copy(out, elf.ELFMAG)
	out[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	out[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	out[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	le := binary.LittleEndian
	le.PutUint16(out[16:], uint16(elf.ET_REL))
	le.PutUint16(out[18:], uint16(elf.EM_X86_64))
	le.PutUint32(out[20:], uint32(elf.EV_CURRENT))
	le.PutUint64(out[40:], shoff)
	le.PutUint16(out[52:], ehdrSize)
	le.PutUint16(out[58:], shdrSize)
	le.PutUint16(out[60:], uint16(len(w.shdrs)))
	le.PutUint16(out[62:], uint16(len(w.shdrs)-1))
	return out, nil
}
