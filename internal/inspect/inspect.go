// SPDX-License-Identifier: Apache-2.0

// Package inspect prints what a .rexo object holds, for people. It needs
// neither LLVM nor a kernel.
package inspect

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// Options says what Write prints beyond the summary.
type Options struct {
	// Source asks for the disassembly, interleaved with Go source lines.
	Source bool
	// ReadFile returns the text of a source file that debug information
	// names; nil, or an error, means that only file and line are printed.
	ReadFile func(name string) ([]byte, error)
}

// Write prints an object. The only errors are those of w, and of machine code
// that cannot be decoded.
func Write(w io.Writer, o *image.Object, opts Options) error {
	var b bytes.Buffer
	p := &printer{w: &b, o: o, opts: opts}
	p.header()
	p.programs()
	p.maps()
	p.stack()
	p.undefined()
	p.sections()
	var err error
	if opts.Source {
		err = p.disassembly()
	}
	if _, werr := w.Write(b.Bytes()); werr != nil {
		return fmt.Errorf("inspect object: %w", werr)
	}
	return err
}

type printer struct {
	w    *bytes.Buffer
	o    *image.Object
	opts Options
	src  map[string][]string
}

// table prints rows in aligned columns below a title.
func (p *printer) table(title string, rows [][]string) {
	fmt.Fprintf(p.w, "\n%s\n", title)
	tw := tabwriter.NewWriter(p.w, 0, 8, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintf(tw, "  %s\n", strings.Join(r, "\t"))
	}
	tw.Flush() // into memory: cannot fail
}

func (p *printer) header() {
	m := &p.o.Meta
	fmt.Fprintf(p.w, "extension  %s\n", m.Name)
	fmt.Fprintf(p.w, "package    %s\n", m.Package)
	fmt.Fprintf(p.w, "built by   %s, ABI %d %016x\n", orNone(m.GoVersion), m.ABIVersion, m.ABIHash)
}

func (p *printer) programs() {
	rows := [][]string{{"NAME", "TYPE", "ATTACH", "STACK", "BUDGET", "ARENA", "ON PANIC", "DEFAULT", "SOURCE"}}
	for _, g := range p.o.Meta.Programs {
		rows = append(rows, []string{
			g.Name, typeName(g.Type), orNone(g.Attach), stackText(g.StackBytes), time.Duration(g.BudgetNanos).String(),
			fmt.Sprint(g.ArenaBytes), policyName(g.OnPanic), fmt.Sprint(int32(g.DefaultVerdict)), g.Pos,
		})
	}
	p.table("programs", rows)
	if p.o.Meta.Init != "" {
		fmt.Fprintf(p.w, "  package initialisation at load, stack %s\n", stackText(p.o.Meta.InitStack))
	}
}

func (p *printer) maps() {
	if len(p.o.Meta.Maps) == 0 {
		fmt.Fprint(p.w, "\nmaps: none\n")
		return
	}
	rows := [][]string{{"NAME", "KIND", "KEY", "VALUE", "ENTRIES", "SOURCE"}}
	for _, m := range p.o.Meta.Maps {
		rows = append(rows, []string{m.Name, m.Kind, sized(m.KeyType, m.KeySize), sized(m.ValueType, m.ValueSize), fmt.Sprint(m.MaxEntries), m.Pos})
	}
	p.table("maps", rows)
}

// stack lists functions by the size of their frames, largest first.
func (p *printer) stack() {
	funcs := slices.Clone(p.o.Meta.Functions)
	slices.SortStableFunc(funcs, func(a, b image.Function) int {
		if a.Frame != b.Frame {
			return int(b.Frame) - int(a.Frame)
		}
		return strings.Compare(a.Symbol, b.Symbol)
	})
	rows := [][]string{{"FRAME", "CODE", "CHECKS", "FUNCTION", "CALLS"}}
	for _, f := range funcs {
		size := uint64(0)
		if s := p.o.Symbol(f.Symbol); s != nil {
			size = s.Size
		}
		calls := f.Calls
		if f.Indirect {
			calls = append(slices.Clip(calls), "(indirect)")
		}
		checked := "-"
		if f.Checked {
			checked = "yes"
		}
		rows = append(rows, []string{fmt.Sprint(f.Frame), fmt.Sprint(size), checked, f.Symbol, orNone(strings.Join(calls, " "))})
	}
	p.table(fmt.Sprintf("stack, in bytes (programs may use %d, one frame %d)", abi.StackProgram, abi.MaxFrame), rows)
}

func (p *printer) undefined() {
	rows := [][]string{}
	for _, s := range p.o.Undefined() {
		rows = append(rows, []string{s.Name, origin(s.Name)})
	}
	if len(rows) == 0 {
		fmt.Fprint(p.w, "\nundefined symbols: none\n")
		return
	}
	p.table("undefined symbols", rows)
}

// origin says who defines a symbol when the object is linked.
func origin(sym string) string {
	if st, field, ok := abi.SplitField(sym); ok {
		return fmt.Sprintf("offset of %s in the target kernel's struct %s", field, st)
	}
	if st, field, ok := abi.SplitHas(sym); ok {
		return fmt.Sprintf("whether the target kernel's struct %s has %s", st, field)
	}
	if name, ok := strings.CutPrefix(sym, abi.MapPrefix); ok {
		return "map " + name
	}
	if f, ok := abi.FuncBySymbol(sym); ok && !f.Kernel {
		return "rex.ko"
	}
	if sym == abi.CPUSymbol {
		return "rex.ko, per CPU"
	}
	return "kernel"
}

func (p *printer) sections() {
	rows := [][]string{{"SECTION", "BYTES", "RELOCATIONS"}}
	var loaded, debug uint64
	for _, s := range p.o.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 {
			debug += s.Size
			continue
		}
		loaded += s.Size
		rows = append(rows, []string{s.Name, fmt.Sprint(s.Size), fmt.Sprint(len(s.Relocs))})
	}
	rows = append(rows, []string{"loaded", fmt.Sprint(loaded), ""}, []string{"debug information", fmt.Sprint(debug), ""})
	p.table("size", rows)
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func sized(typ string, size uint32) string {
	if typ == "" {
		return fmt.Sprintf("%d bytes", size)
	}
	return fmt.Sprintf("%s (%d)", typ, size)
}

func stackText(n uint32) string {
	if n == 0 {
		return "checked"
	}
	return fmt.Sprint(n)
}

func typeName(t abi.ProgramType) string {
	switch t {
	case abi.ProgramXDP:
		return "xdp"
	case abi.ProgramTC:
		return "tc"
	case abi.ProgramKprobe:
		return "kprobe"
	case abi.ProgramTracepoint:
		return "tracepoint"
	case abi.ProgramKretprobe:
		return "kretprobe"
	case abi.ProgramPerfEvent:
		return "perfevent"
	case abi.ProgramInit:
		return "init"
	}
	return fmt.Sprintf("type %d", t)
}

func policyName(p abi.PanicPolicy) string {
	switch p {
	case abi.PolicyStop:
		return "stop"
	case abi.PolicyContinue:
		return "continue"
	}
	return fmt.Sprintf("policy %d", p)
}
