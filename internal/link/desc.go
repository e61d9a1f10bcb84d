// SPDX-License-Identifier: Apache-2.0

package link

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// addDescriptors makes the tables that rex.ko reads at registration.
//
// ExtDesc and MapDesc are written only while the kernel module's init runs, so
// they go where the kernel makes them read-only afterwards: compiled code takes
// its map pointers from there. ProgDesc.Stopped changes later.
func (m *module) addDescriptors(fds []int) error {
	if err := m.addMaps(fds); err != nil {
		return err
	}
	n := len(m.meta.Programs)
	progs := make([]abi.ProgDesc, 0, n+1)
	symbols := make([]string, 0, n+1)
	for i, p := range m.meta.Programs {
		d := abi.ProgDesc{
			DefaultVerdict: p.DefaultVerdict, Type: uint32(p.Type), Index: uint32(i), BudgetNanos: p.BudgetNanos,
			ArenaBytes: p.ArenaBytes, OnPanic: uint32(p.OnPanic), StackBytes: p.StackBytes,
		}
		copyName(d.Name[:], p.Name)
		progs, symbols = append(progs, d), append(symbols, p.Symbol)
	}
	if m.meta.Init != "" {
		d := abi.ProgDesc{
			Type: uint32(abi.ProgramInit), Index: uint32(n), BudgetNanos: abi.DefaultBudgetMillis * 1e6,
			ArenaBytes: abi.DefaultArena, OnPanic: uint32(abi.PolicyStop), StackBytes: m.meta.InitStack,
		}
		copyName(d.Name[:], "init")
		progs, symbols = append(progs, d), append(symbols, m.meta.Init)
	}
	raw, err := encode(progs)
	if err != nil {
		return err
	}
	sec := m.section(progSection, elf.SHF_ALLOC|elf.SHF_WRITE, 64, raw)
	size := uint64(binary.Size(abi.ProgDesc{}))
	for i, name := range symbols {
		fn, err := m.object(name)
		if err != nil {
			return err
		}
		off := uint64(i) * size
		m.progs = append(m.progs, m.symbol(fmt.Sprintf("rex.prog.%d", i), elf.STB_LOCAL, elf.STT_OBJECT, sec, off, size))
		address(sec, off+offset(abi.ProgDesc{}, "Entry"), fn, 0)
	}
	return m.addExt(uint32(len(progs)))
}

// addMaps makes MapDesc[] and the symbols that the object refers to.
func (m *module) addMaps(fds []int) error {
	descs := make([]abi.MapDesc, len(m.meta.Maps))
	for i, mp := range m.meta.Maps {
		if fds[i] < 0 || fds[i] > math.MaxInt32 {
			return fmt.Errorf("%w: map %s has file descriptor %d", ErrInput, mp.Name, fds[i])
		}
		descs[i] = abi.MapDesc{
			FD: int32(fds[i]), Type: mp.Type, KeySize: mp.KeySize, ValueSize: mp.ValueSize,
			MaxEntries: mp.MaxEntries, Flags: mp.Flags,
		}
		if mp.Lock != nil {
			descs[i].Lock = *mp.Lock + 1
		}
		copyName(descs[i].Name[:], mp.Name)
	}
	raw, err := encode(descs)
	if err != nil {
		return err
	}
	sec, base := m.roAfterInit(raw)
	size := uint64(binary.Size(abi.MapDesc{}))
	for i, mp := range m.meta.Maps {
		name := abi.MapSymbol(mp.Name)
		m.maps[name] = m.symbol(name, elf.STB_LOCAL, elf.STT_OBJECT, sec, base+uint64(i)*size, size)
	}
	return nil
}

// addExt makes ExtDesc, which stands directly behind MapDesc[].
func (m *module) addExt(progs uint32) error {
	d := abi.ExtDesc{ABIVersion: abi.Version, ABIHash: abi.Hash(), Needs: uint32(m.needs()), NumMaps: uint32(len(m.meta.Maps)), NumProgs: progs}
	copyName(d.Name[:], m.name)
	raw, err := encode(d)
	if err != nil {
		return err
	}
	sec, base := m.roAfterInit(raw)
	m.ext = m.symbol("rex.ext", elf.STB_LOCAL, elf.STT_OBJECT, sec, base, uint64(len(raw)))
	m.this = m.symbol(thisSymbol, elf.STB_GLOBAL, elf.STT_OBJECT, nil, 0, m.rex.this.size)
	// A section symbol, so that kallsyms does not show it for the first function.
	start := m.symbol("", elf.STB_LOCAL, elf.STT_SECTION, m.text, 0, 0)

	at := func(field string, sym *image.Symbol, addend int64) {
		address(sec, base+offset(d, field), sym, addend)
	}
	at("This", m.this, 0)
	at("TextStart", start, 0)
	at("TextEnd", start, int64(m.text.Size))
	if len(m.meta.Maps) > 0 {
		at("Maps", m.maps[abi.MapSymbol(m.meta.Maps[0].Name)], 0)
	}
	at("Progs", m.progs[0], 0)
	if m.meta.Init != "" {
		m.initTramp = m.symbol("rex_init", elf.STB_LOCAL, elf.STT_FUNC, nil, 0, 0)
		at("Init", m.initTramp, 0)
	}
	m.kfuncSet = m.symbol("rex.kfuncs", elf.STB_LOCAL, elf.STT_OBJECT, nil, 0, 0)
	at("Kfuncs", m.kfuncSet, 0)
	return nil
}

// needs finds out by the functions that the object calls.
func (m *module) needs() (n abi.Needs) {
	if m.in.Symbol("rex_stack_copy") != nil {
		n |= abi.NeedCallchains
	}
	return n
}

// roAfterInit appends to the section of that kind and returns where.
func (m *module) roAfterInit(data []byte) (s *image.Section, off uint64) {
	s = m.out.Section(image.RoAfterInitSection)
	if s == nil {
		s = m.section(image.RoAfterInitSection, elf.SHF_ALLOC|elf.SHF_WRITE, 64, nil)
	}
	return s, appendTo(s, data)
}

// appendTo appends data at a multiple of 64 and returns its offset.
func appendTo(s *image.Section, data []byte) uint64 {
	s.Align = max(s.Align, 64)
	s.Data = append(s.Data, make([]byte, -len(s.Data)&63)...)
	off := uint64(len(s.Data))
	s.Data = append(s.Data, data...)
	s.Size = uint64(len(s.Data))
	return off
}

// encode gives the C layout: the ABI's structs have their padding spelled out.
func encode(v any) ([]byte, error) {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		return nil, fmt.Errorf("encode descriptor: %w", err)
	}
	return b, nil
}

// offset returns the offset of a field of an ABI struct.
func offset(v any, field string) uint64 {
	f, ok := reflect.TypeOf(v).FieldByName(field)
	if !ok {
		panic("link: no ABI field " + field) // a misspelt constant in this package
	}
	return uint64(f.Offset)
}

// copyName copies what fits and leaves a terminating zero.
func copyName(dst []byte, name string) { copy(dst[:len(dst)-1], name) }
