// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"cmp"
	"debug/elf"
	"debug/gosym"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// symbol is a function and where it begins.
type symbol struct {
	addr uint64
	name string
}

// table is sorted by address.
type table []symbol

func (t table) sort() table {
	slices.SortStableFunc(t, func(a, b symbol) int { return cmp.Compare(a.addr, b.addr) })
	return t
}

// name names the function that an address is in.
func (t table) name(addr uint64) string {
	i, found := slices.BinarySearchFunc(t, addr, func(s symbol, a uint64) int { return cmp.Compare(s.addr, a) })
	if !found {
		i--
	}
	if i < 0 {
		return fmt.Sprintf("%#x", addr)
	}
	return t[i].name
}

// kernelSymbols reads the functions of the kernel and its modules.
func kernelSymbols() (table, error) {
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		return nil, fmt.Errorf("read kernel symbols: %w", err)
	}
	defer f.Close()
	var t table
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		// ADDRESS KIND NAME, and for kernel modules a tab and [MODULE].
		number, rest, _ := strings.Cut(lines.Text(), " ")
		if len(rest) < 3 || !strings.ContainsAny(rest[:1], "tTwW") {
			continue
		}
		name, _, _ := strings.Cut(rest[2:], "\t")
		if addr, err := strconv.ParseUint(number, 16, 64); err == nil {
			t = append(t, symbol{addr, name})
		}
	}
	return t.sort(), lines.Err()
}

// mapping is a part of a file in a process's memory.
type mapping struct {
	start, end, offset uint64
	file               string
}

// process names the functions of a process, from the symbol tables of the files
// it has mapped. Of one that has ended nothing is known.
type process struct {
	pid   uint32
	maps  []mapping
	files map[string]*binary
}

func openProcess(pid uint32) *process {
	p := &process{pid: pid, files: map[string]*binary{}}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return p
	}
	for line := range strings.Lines(string(text)) {
		var m mapping
		var perms, dev string
		var inode uint64
		n, _ := fmt.Sscanf(line, "%x-%x %s %x %s %d %s", &m.start, &m.end, &perms, &m.offset, &dev, &inode, &m.file)
		if n == 7 && strings.Contains(perms, "x") {
			p.maps = append(p.maps, m)
		}
	}
	return p
}

func (p *process) name(addr uint64) string {
	for _, m := range p.maps {
		if addr < m.start || addr >= m.end {
			continue
		}
		b := p.files[m.file]
		if b == nil {
			b = openBinary(fmt.Sprintf("/proc/%d/root%s", p.pid, m.file))
			p.files[m.file] = b
		}
		if name, ok := b.name(addr - m.start + m.offset); ok {
			return name
		}
		return "[" + filepath.Base(strings.Trim(m.file, "[]")) + "]"
	}
	return "[unknown]"
}

// binary is an ELF file.
type binary struct {
	segments []elf.ProgHeader
	symbols  table
}

func openBinary(file string) *binary {
	b := &binary{}
	f, err := elf.Open(file)
	if err != nil {
		return b
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			b.segments = append(b.segments, p.ProgHeader)
		}
	}
	all, _ := f.Symbols() // an error means that there are none
	dynamic, _ := f.DynamicSymbols()
	for _, s := range append(all, dynamic...) {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Value != 0 {
			b.symbols = append(b.symbols, symbol{s.Value, s.Name})
		}
	}
	if len(all) == 0 {
		b.symbols = append(b.symbols, goFunctions(f)...)
	}
	b.symbols.sort()
	return b
}

// goFunctions reads the table that Go programs have even when their symbols are
// stripped.
func goFunctions(f *elf.File) (t table) {
	text, lines := f.Section(".text"), f.Section(".gopclntab")
	if text == nil || lines == nil {
		return nil
	}
	data, err := lines.Data()
	if err != nil {
		return nil
	}
	all, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		return nil
	}
	for _, fn := range all.Funcs {
		t = append(t, symbol{fn.Entry, fn.Name})
	}
	return t
}

// name names the function at an offset of the file.
func (b *binary) name(offset uint64) (string, bool) {
	for _, s := range b.segments {
		if offset >= s.Off && offset < s.Off+s.Filesz && len(b.symbols) > 0 {
			return b.symbols.name(offset - s.Off + s.Vaddr), true
		}
	}
	return "", false
}
