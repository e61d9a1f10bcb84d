// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// Sections of every kernel module.
const (
	modinfoSection    = ".modinfo"
	versionsSection   = "__versions"
	thisModuleSection = ".gnu.linkonce.this_module"
	// crcPrefix + an exported symbol's name labels its CRC
	// (include/linux/export-internal.h).
	crcPrefix = "__crc_"
	// ksymtabPrefix + an exported symbol's name labels its export.
	ksymtabPrefix = "__ksymtab_"
)

// versionEntry is the size of struct modversion_info: the CRC as unsigned
// long, then the name (include/linux/module.h).
const (
	versionEntry = 64
	versionName  = versionEntry - 8
)

// rexKO is what a rex.ko tells about the kernel that it was built for.
type rexKO struct {
	vermagic string
	abi      string
	// crcs holds the CRCs of what rex.ko imports and exports; nil when the
	// kernel does not version symbols.
	crcs map[string]uint32
	// exports holds what rex.ko exports.
	exports map[string]bool
	// this describes struct module.
	this struct {
		size, align         uint64
		nameOff             uint64
		initOff, cleanupOff uint64
	}
}

// readRexKO reads a kernel module that exports rex.ko's symbols.
func readRexKO(b []byte) (*rexKO, error) {
	fail := func(format string, args ...any) (*rexKO, error) {
		return nil, fmt.Errorf("%w: %w", ErrRexKO, fmt.Errorf(format, args...))
	}
	o, err := image.ParseLoaded(b)
	if err != nil {
		return fail("%w", err)
	}
	r := &rexKO{exports: map[string]bool{}}
	info, err := modinfo(o)
	if err != nil {
		return fail("%w", err)
	}
	if r.vermagic = info["vermagic"]; r.vermagic == "" {
		return fail("no vermagic")
	}
	if r.abi = info["rex_abi"]; r.abi == "" {
		return fail("no rex_abi in its module information (is this rex.ko?)")
	}
	if err := r.readThis(o, info["name"]); err != nil {
		return fail("%w", err)
	}
	if err := r.readVersions(o); err != nil {
		return fail("%w", err)
	}
	return r, nil
}

// modinfo splits .modinfo into its keys. The first value of a key counts.
func modinfo(o *image.Object) (map[string]string, error) {
	s := o.Section(modinfoSection)
	if s == nil {
		return nil, fmt.Errorf("no section %s", modinfoSection)
	}
	m := map[string]string{}
	for kv := range bytes.SplitSeq(s.Data, []byte{0}) {
		k, v, ok := strings.Cut(string(kv), "=")
		if _, dup := m[k]; ok && !dup {
			m[k] = v
		}
	}
	return m, nil
}

// readThis finds out where struct module has its name and its two functions.
func (r *rexKO) readThis(o *image.Object, name string) error {
	s := o.Section(thisModuleSection)
	if s == nil || s.Data == nil {
		return fmt.Errorf("no section %s", thisModuleSection)
	}
	r.this.size, r.this.align = s.Size, s.Align
	// The name is the only thing in it that is not zero.
	off := bytes.IndexFunc(s.Data, func(c rune) bool { return c != 0 })
	if name == "" || off < 0 || !bytes.HasPrefix(s.Data[off:], append([]byte(name), 0)) {
		return fmt.Errorf("struct module does not hold the name %q", name)
	}
	r.this.nameOff = uint64(off)
	if s.Size-r.this.nameOff < abi.NameSize {
		return fmt.Errorf("struct module ends within its name")
	}
	for _, rel := range s.Relocs {
		if rel.Type != elf.R_X86_64_64 || s.Size < 8 || rel.Off > s.Size-8 || rel.Off == 0 ||
			rel.Off+8 > r.this.nameOff && rel.Off < r.this.nameOff+abi.NameSize {
			continue
		}
		switch rel.Sym.Name {
		case initSymbol:
			r.this.initOff = rel.Off
		case cleanupSymbol:
			r.this.cleanupOff = rel.Off
		}
	}
	if r.this.initOff == 0 || r.this.cleanupOff == 0 || r.this.initOff == r.this.cleanupOff {
		return fmt.Errorf("struct module refers to no %s or no %s", initSymbol, cleanupSymbol)
	}
	return nil
}

// readVersions collects exports and CRCs.
func (r *rexKO) readVersions(o *image.Object) error {
	crcs := map[string]uint32{}
	for _, sym := range o.Symbols {
		if name, ok := strings.CutPrefix(sym.Name, ksymtabPrefix); ok && sym.Section != nil {
			r.exports[name] = true
		}
		name, ok := strings.CutPrefix(sym.Name, crcPrefix)
		if !ok || sym.Section == nil || !strings.HasPrefix(sym.Section.Name, "__kcrctab") {
			continue
		}
		d := sym.Section.Data
		if uint64(len(d)) < 4 || sym.Value > uint64(len(d))-4 {
			return fmt.Errorf("the CRC of %s lies outside its section", name)
		}
		crcs[name] = binary.LittleEndian.Uint32(d[sym.Value:])
	}
	s := o.Section(versionsSection)
	if s == nil {
		if strings.Contains(r.vermagic, "modversions") {
			return fmt.Errorf("no section %s", versionsSection)
		}
		return nil
	}
	if len(s.Data)%versionEntry != 0 {
		return fmt.Errorf("section %s has %d bytes", versionsSection, len(s.Data))
	}
	for e := s.Data; len(e) > 0; e = e[versionEntry:] {
		name, _, ok := bytes.Cut(e[8:versionEntry], []byte{0})
		if !ok {
			return fmt.Errorf("section %s has a name without an end", versionsSection)
		}
		crcs[string(name)] = binary.LittleEndian.Uint32(e)
	}
	r.crcs = crcs
	return nil
}

// release is the kernel that rex.ko was built for.
func (r *rexKO) release() string {
	rel, _, _ := strings.Cut(r.vermagic, " ")
	return rel
}

// check compares the ABI of object, rex.ko and this binary, and the kernel.
func (r *rexKO) check(meta *image.Meta, release string) error {
	ours := abiString(abi.Version, abi.Hash())
	if obj := abiString(meta.ABIVersion, meta.ABIHash); obj != ours {
		return &ABIError{"object", "this rex", obj, ours}
	}
	if r.abi != ours {
		return &ABIError{"rex.ko", "this rex", r.abi, ours}
	}
	if release != "" && r.release() != release {
		return &KernelError{Built: r.release(), Running: release}
	}
	return nil
}

// abiString is the form of rex.ko's modinfo key rex_abi.
func abiString(version uint32, hash uint64) string { return fmt.Sprintf("%d:%016x", version, hash) }
