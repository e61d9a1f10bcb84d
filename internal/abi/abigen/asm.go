// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"go/constant"
	"strings"

	"github.com/rex-go/rex/internal/abi"
)

// asmHeader renders rex_abi_asm.h: what assembly needs, as plain numbers.
func asmHeader(m *model) []byte {
	var b bytes.Buffer
	b.WriteString(generatedC)
	b.WriteString("#ifndef REX_ABI_ASM_H\n#define REX_ABI_ASM_H\n\n")
	b.WriteString("/* Byte offsets of struct members. */\n")
	for _, s := range m.structs {
		switch s.c {
		case "rex_cpu_abi", "rex_prog_desc":
		default:
			continue
		}
		prefix := strings.TrimPrefix(s.c, "rex_")
		for _, f := range s.fields {
			if f.goName != "_" {
				fmt.Fprintf(&b, "#define %s %d\n", macro(prefix, f.c), f.offset)
			}
		}
		fmt.Fprintf(&b, "#define %s %d\n", macro(prefix, "sizeof"), s.size)
	}
	b.WriteString("\n#ifdef __ASSEMBLY__ /* C has them from rex_abi.h */\n")
	for _, g := range m.consts {
		for _, c := range g.vals {
			if g.enum == "" && c.val.Kind() == constant.Int && c.name != "Version" {
				fmt.Fprintf(&b, "#define %s %s\n", macro(snake(c.name)), literal(c))
			}
		}
	}
	b.WriteString("#endif /* __ASSEMBLY__ */\n")
	b.WriteString("\n#endif /* REX_ABI_ASM_H */\n")
	return b.Bytes()
}

// symbolHeader renders rex_abi_symbols.h: prototypes of the functions rex.ko
// provides and X-macro lists of every symbol an extension may refer to.
func symbolHeader() []byte {
	var b bytes.Buffer
	b.WriteString(generatedC)
	b.WriteString("#ifndef REX_ABI_SYMBOLS_H\n#define REX_ABI_SYMBOLS_H\n\n#ifndef __ASSEMBLY__\n#include <linux/types.h>\n\n")
	b.WriteString("/* Functions of rex.ko that compiled code calls. */\n")
	for _, f := range abi.Funcs {
		if f.Kernel {
			continue
		}
		var params []string
		for _, p := range f.Params {
			params = append(params, strings.TrimSuffix(cType(p), " "))
		}
		if params == nil {
			params = []string{"void"}
		}
		attr := ""
		if f.NoReturn {
			attr = " __attribute__((__noreturn__))"
		}
		fmt.Fprintf(&b, "/* %s */\n%s%s(%s)%s;\n", f.Doc, cType(f.Result), f.Symbol, strings.Join(params, ", "), attr)
	}
	b.WriteString("#endif /* __ASSEMBLY__ */\n")
	var kernel []string
	for _, f := range abi.Funcs {
		if f.Kernel {
			kernel = append(kernel, f.Symbol)
		}
	}
	var helpers []string
	for _, h := range abi.BPFHelpers {
		helpers = append(helpers, h.Symbol)
	}
	var polled, memory []string
	for _, f := range abi.Funcs {
		switch {
		case f.Entry() == f.Symbol:
		case f.Kernel:
			memory = append(memory, f.Symbol)
		default:
			polled = append(polled, strings.TrimPrefix(f.Symbol, "rex_"))
		}
	}
	writeList(&b, "REX_POLLED", "Functions of rex.ko, rex_ left out, that have an entry which polls.", polled)
	writeList(&b, "REX_POLLED_KERNEL", "Functions of the kernel that have an entry which polls.", memory)
	writeList(&b, "REX_BPF_HELPERS", "Helpers of BPF whose addresses user space provides.", helpers)
	writeList(&b, "REX_KERNEL_FUNCS", "Functions of the kernel that compiled code calls.", kernel)
	writeList(&b, "REX_THUNKS", "Mitigation thunks that compiled code jumps to.", abi.Thunks)
	b.WriteString("\n#endif /* REX_ABI_SYMBOLS_H */\n")
	return b.Bytes()
}

func writeList(b *bytes.Buffer, name, doc string, syms []string) {
	fmt.Fprintf(b, "\n/* %s */\n#define %s(X)", doc, name)
	for _, s := range syms {
		fmt.Fprintf(b, " \\\n\tX(%s)", s)
	}
	b.WriteByte('\n')
}

// cType ends in a space unless it ends in a star.
func cType(t abi.CType) string {
	switch t {
	case abi.Void:
		return "void "
	case abi.I32:
		return "__u32 "
	case abi.I64:
		return "__u64 "
	case abi.Ptr:
		return "void *"
	}
	if t == "" {
		return "void "
	}
	panic("abigen: unknown C type " + string(t))
}
