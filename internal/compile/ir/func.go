// SPDX-License-Identifier: Apache-2.0

package ir

import (
	"fmt"
	"strconv"
	"strings"
)

// Param is a function's parameter.
type Param struct {
	Type Type
	// Attrs as written between type and name, such as "noalias".
	Attrs string
	Name  string
}

// Func is a function; one without blocks is a declaration.
type Func struct {
	Name    string
	Linkage string // "internal", "dso_local", … ; empty for declarations
	Params  []Param
	Result  Type
	// RetAttrs as written before the result type, such as "noalias".
	RetAttrs string
	// Attrs is the attribute group's text.
	Attrs string
	// GC is the collector strategy's name, empty for none.
	GC string
	// Debug is the DISubprogram's reference.
	Debug  string
	Blocks []*Block

	module  *Module
	nextReg int
	cur     *Block
	loc     string
	entry   []*Instr
	labels  map[string]int
	// While instructions are inserted before a terminator: the terminator,
	// and the block that was current.
	heldTerm *Instr
	heldCur  *Block
}

// Block is a basic block.
type Block struct {
	Label  string
	Instrs []*Instr
	fn     *Func
}

// Instr is one instruction.
type Instr struct {
	// Result is the defined value; its Ref is empty when there is none.
	Result Value
	Text   string
	// Args are the operands, for verification.
	Args []Value
	// Targets are the successors of a terminator.
	Targets []*Block
	Term    bool
	Loc     string

	callee   string
	incoming []incoming
}

type incoming struct {
	v    Value
	from *Block
}

// AddFunc adds a function to the module; its name must be new.
func (m *Module) AddFunc(f *Func) *Func {
	m.claim(f.Name)
	if f.Result == "" {
		f.Result = Void
	}
	f.module = m
	f.labels = map[string]int{}
	for i := range f.Params {
		if f.Params[i].Name == "" {
			f.Params[i].Name = "a" + strconv.Itoa(i)
		}
	}
	m.Funcs = append(m.Funcs, f)
	m.funcs[f.Name] = f
	return f
}

// Addr is the function's address.
func (f *Func) Addr() Value { return Value{Ptr, Name("@", f.Name)} }

// Param returns parameter i as an operand.
func (f *Func) Param(i int) Value {
	return Value{f.Params[i].Type, Name("%", f.Params[i].Name)}
}

// NewBlock adds a block; hint makes its label readable.
func (f *Func) NewBlock(hint string) *Block {
	n := f.labels[hint]
	f.labels[hint]++
	label := hint
	if n > 0 || hint == "" {
		label = hint + "." + strconv.Itoa(n)
	}
	b := &Block{Label: label, fn: f}
	f.Blocks = append(f.Blocks, b)
	return b
}

// SetBlock makes b the block that instructions are added to.
func (f *Func) SetBlock(b *Block) { f.cur = b }

// Block returns the block that instructions are added to.
func (f *Func) Block() *Block { return f.cur }

// SetLoc sets the debug location (a metadata reference, or empty) of the
// instructions that follow.
func (f *Func) SetLoc(ref string) { f.loc = ref }

// Loc returns the current debug location.
func (f *Func) Loc() string { return f.loc }

// Terminated reports whether the current block has its terminator.
func (f *Func) Terminated() bool {
	n := len(f.cur.Instrs)
	return n > 0 && f.cur.Instrs[n-1].Term
}

// InsertBeforeTerm makes the place before b's terminator the one that
// instructions are added to, until EndInsert.
func (f *Func) InsertBeforeTerm(b *Block) {
	n := len(b.Instrs)
	if f.heldTerm != nil || n == 0 || !b.Instrs[n-1].Term {
		failf("%s: insert before the terminator of %%%s", f.Name, b.Label)
	}
	f.heldTerm, f.heldCur = b.Instrs[n-1], f.cur
	b.Instrs = b.Instrs[:n-1]
	f.cur = b
}

// EndInsert puts the terminator back.
func (f *Func) EndInsert() {
	f.cur.Instrs = append(f.cur.Instrs, f.heldTerm)
	f.cur, f.heldTerm, f.heldCur = f.heldCur, nil, nil
}

func (f *Func) reg(t Type) Value {
	f.nextReg++
	return Value{t, "%v" + strconv.Itoa(f.nextReg)}
}

func (f *Func) emit(i *Instr) *Instr {
	if f.cur == nil {
		failf("%s: instruction outside a block", f.Name)
	}
	if f.Terminated() {
		failf("%s: instruction after the terminator of %%%s: %s", f.Name, f.cur.Label, i.Text)
	}
	i.Loc = f.loc
	f.cur.Instrs = append(f.cur.Instrs, i)
	return i
}

func (f *Func) value(t Type, args []Value, format string, a ...any) Value {
	r := f.reg(t)
	f.emit(&Instr{Result: r, Text: fmt.Sprintf(format, a...), Args: args})
	return r
}

func (f *Func) print(b *strings.Builder) {
	kind := "define"
	if len(f.Blocks) == 0 {
		kind = "declare"
	}
	fmt.Fprintf(b, "%s ", kind)
	if f.Linkage != "" {
		b.WriteString(f.Linkage + " ")
	} else if kind == "declare" && !strings.HasPrefix(f.Name, "llvm.") {
		b.WriteString("dso_local ")
	}
	if f.RetAttrs != "" {
		b.WriteString(f.RetAttrs + " ")
	}
	fmt.Fprintf(b, "%s %s(", f.Result, Name("@", f.Name))
	for i, p := range f.Params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(p.Type))
		if p.Attrs != "" {
			b.WriteString(" " + p.Attrs)
		}
		if kind == "define" {
			b.WriteString(" " + Name("%", p.Name))
		}
	}
	b.WriteString(")")
	if f.Attrs != "" {
		b.WriteString(" " + f.module.attrRef(f.Attrs))
	}
	if f.GC != "" {
		b.WriteString(" gc " + Quote(f.GC))
	}
	if f.Debug != "" {
		b.WriteString(" !dbg " + f.Debug)
	}
	if kind == "declare" {
		b.WriteString("\n")
		return
	}
	b.WriteString(" {\n")
	for i, blk := range f.Blocks {
		fmt.Fprintf(b, "%s:\n", strings.TrimPrefix(Name("%", blk.Label), "%"))
		if i == 0 {
			for _, in := range f.entry {
				in.print(b)
			}
		}
		for _, in := range blk.Instrs {
			in.print(b)
		}
	}
	b.WriteString("}\n\n")
}

func (in *Instr) print(b *strings.Builder) {
	b.WriteString("  ")
	if in.Result.Ref != "" {
		b.WriteString(in.Result.Ref + " = ")
	}
	b.WriteString(in.Text)
	for i, inc := range in.incoming {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(b, " [ %s, %s ]", inc.v.Ref, Name("%", inc.from.Label))
	}
	if in.Loc != "" {
		b.WriteString(", !dbg " + in.Loc)
	}
	b.WriteByte('\n')
}
