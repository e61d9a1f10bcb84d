// SPDX-License-Identifier: Apache-2.0

package ir

import (
	"fmt"
	"strings"
)

func same(op string, x, y Value) {
	if x.Type != y.Type {
		failf("%s of %s and %s", op, x, y)
	}
}

// Bin emits a two-operand integer instruction: add, sub, mul, sdiv, udiv,
// srem, urem, shl, lshr, ashr, and, or, xor.
func (f *Func) Bin(op string, x, y Value) Value {
	same(op, x, y)
	if !x.Type.IsInt() {
		failf("%s of %s", op, x)
	}
	return f.value(x.Type, []Value{x, y}, "%s %s, %s", op, x, y.Ref)
}

// ICmp emits a comparison: eq, ne, slt, sle, sgt, sge, ult, ule, ugt, uge.
func (f *Func) ICmp(pred string, x, y Value) Value {
	same("icmp "+pred, x, y)
	if !x.Type.IsInt() && !x.Type.IsPtr() {
		failf("icmp of %s", x)
	}
	return f.value(I1, []Value{x, y}, "icmp %s %s, %s", pred, x, y.Ref)
}

// Cast emits trunc, zext, sext, ptrtoint or inttoptr.
func (f *Func) Cast(op string, x Value, t Type) Value {
	ok := false
	switch op {
	case "trunc":
		ok = x.Type.IsInt() && t.IsInt() && x.Type.Bits() > t.Bits()
	case "zext", "sext":
		ok = x.Type.IsInt() && t.IsInt() && x.Type.Bits() < t.Bits()
	case "ptrtoint":
		ok = x.Type.IsPtr() && t.IsInt()
	case "inttoptr":
		ok = x.Type.IsInt() && t.IsPtr()
	}
	if !ok {
		failf("%s of %s to %s", op, x, t)
	}
	return f.value(t, []Value{x}, "%s %s to %s", op, x, t)
}

// Select emits a select.
func (f *Func) Select(cond, x, y Value) Value {
	same("select", x, y)
	if cond.Type != I1 {
		failf("select on %s", cond)
	}
	return f.value(x.Type, []Value{cond, x, y}, "select %s, %s, %s", cond, x, y)
}

// Access says how memory is accessed.
type Access int

const (
	// Plain memory is private to the invocation.
	Plain Access = iota
	// Shared memory may be changed by others at any time: the access is an
	// unordered atomic, so it happens once, and as a whole. The address must
	// be naturally aligned.
	Shared
	// Volatile is for shared memory of any alignment.
	Volatile
)

// Load emits a load of a scalar; align is in bytes.
func (f *Func) Load(t Type, p Value, align int, how Access) Value {
	if !p.Type.IsPtr() {
		failf("load from %s", p)
	}
	switch how {
	case Shared:
		return f.value(t, []Value{p}, "load atomic %s, %s unordered, align %d", t, p, align)
	case Volatile:
		return f.value(t, []Value{p}, "load volatile %s, %s, align %d", t, p, align)
	}
	return f.value(t, []Value{p}, "load %s, %s, align %d", t, p, align)
}

// Annotate attaches metadata to the last instruction.
func (f *Func) Annotate(meta string) {
	in := f.cur.Instrs[len(f.cur.Instrs)-1]
	in.Text += ", " + meta
}

// Store emits a store of a scalar.
func (f *Func) Store(v, p Value, align int) {
	if !p.Type.IsPtr() {
		failf("store to %s", p)
	}
	f.emit(&Instr{Text: fmt.Sprintf("store %s, %s, align %d", v, p, align), Args: []Value{v, p}})
}

// Offset emits the address p + bytes of a part of the object at p, so that the
// sum does not wrap.
func (f *Func) Offset(p Value, bytes int64) Value {
	if bytes == 0 {
		return p
	}
	return f.value(p.Type, []Value{p}, "getelementptr nuw i8, %s, i64 %d", p, bytes)
}

// Elem emits the address p + i*size of a part of the object at p, or of its
// end: i is not negative, and nothing wraps. i is an i64.
func (f *Func) Elem(p, i Value, size int64) Value { return f.elem("nuw ", p, i, size) }

// Move emits the address p + i for any i.
func (f *Func) Move(p, i Value) Value { return f.elem("", p, i, 1) }

func (f *Func) elem(flags string, p, i Value, size int64) Value {
	if i.Type != I64 || !p.Type.IsPtr() {
		failf("element %s of %s", i, p)
	}
	t := Bytes(size)
	if size == 1 {
		t = I8
	}
	return f.value(p.Type, []Value{p, i}, "getelementptr %s%s, %s, %s", flags, t, p, i)
}

// Alloca emits an alloca in the entry block.
func (f *Func) Alloca(t Type, align int) Value {
	r := f.reg(Ptr)
	f.entry = append(f.entry, &Instr{Result: r, Text: fmt.Sprintf("alloca %s, align %d", t, align)})
	return r
}

// Call emits a call of a function of the module. attrs are call-site
// attributes such as "nomerge". The result has no Ref when fn returns nothing.
func (f *Func) Call(fn *Func, attrs string, args ...Value) Value {
	if len(args) != len(fn.Params) {
		failf("%s: call of %s with %d arguments, want %d", f.Name, fn.Name, len(args), len(fn.Params))
	}
	for i, a := range args {
		if a.Type != fn.Params[i].Type {
			failf("%s: call of %s: argument %d is %s, want %s", f.Name, fn.Name, i, a, fn.Params[i].Type)
		}
	}
	return f.call(fn.Result, Name("@", fn.Name), attrs, fn.Name, nil, args)
}

// CallPtr emits an indirect call.
func (f *Func) CallPtr(result Type, fn Value, attrs string, args ...Value) Value {
	if fn.Type != Ptr {
		failf("call of %s", fn)
	}
	return f.call(result, fn.Ref, attrs, "", []Value{fn}, args)
}

func (f *Func) call(result Type, callee, attrs, name string, more, args []Value) Value {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = a.String()
	}
	text := fmt.Sprintf("call %s %s(%s)", result, callee, strings.Join(list, ", "))
	if attrs != "" {
		text += " " + f.module.attrRef(attrs)
	}
	in := &Instr{Text: text, Args: append(more, args...), callee: name}
	if result != Void {
		in.Result = f.reg(result)
	}
	f.emit(in)
	return in.Result
}

// Asm emits inline assembly without operands. It must not change anything but
// what it names as clobbered.
func (f *Func) Asm(text, clobbers string) {
	f.emit(&Instr{Text: fmt.Sprintf("call void asm sideeffect %s, %s()", Quote(text), Quote(clobbers))})
}

// Extract emits an extractvalue.
func (f *Func) Extract(agg Value, i int) Value {
	fields := agg.Type.Fields()
	if i >= len(fields) {
		failf("extract %d of %s", i, agg)
	}
	return f.value(fields[i], []Value{agg}, "extractvalue %s, %d", agg, i)
}

// Aggregate emits the insertvalues that make a struct of vs.
func (f *Func) Aggregate(t Type, vs []Value) Value {
	fields := t.Fields()
	if len(fields) != len(vs) {
		failf("%d values for %s", len(vs), t)
	}
	agg := Value{t, "poison"}
	for i, v := range vs {
		if v.Type != fields[i] {
			failf("field %d of %s is %s", i, t, v)
		}
		args := []Value{v}
		if i > 0 {
			args = append(args, agg)
		}
		agg = f.value(t, args, "insertvalue %s, %s, %d", agg, v, i)
	}
	return agg
}

// Phi emits a phi at the start of the current block; AddIncoming completes it.
func (f *Func) Phi(t Type) *Instr {
	in := &Instr{Result: f.reg(t), Text: "phi " + string(t), Loc: f.loc}
	b := f.cur
	n := 0
	for n < len(b.Instrs) && strings.HasPrefix(b.Instrs[n].Text, "phi ") {
		n++
	}
	b.Instrs = append(b.Instrs, nil)
	copy(b.Instrs[n+1:], b.Instrs[n:])
	b.Instrs[n] = in
	return in
}

// AddIncoming adds an edge to a phi.
func (in *Instr) AddIncoming(v Value, from *Block) {
	same("phi", in.Result, v)
	in.incoming = append(in.incoming, incoming{v, from})
	in.Args = append(in.Args, v)
}

// Br emits a jump.
func (f *Func) Br(to *Block) {
	f.emit(&Instr{Text: "br label " + Name("%", to.Label), Targets: []*Block{to}, Term: true})
}

// CondBr emits a conditional branch; prof is a metadata reference with branch
// weights, or empty.
func (f *Func) CondBr(cond Value, yes, no *Block, prof string) {
	if cond.Type != I1 {
		failf("branch on %s", cond)
	}
	text := fmt.Sprintf("br %s, label %s, label %s", cond, Name("%", yes.Label), Name("%", no.Label))
	if prof != "" {
		text += ", !prof " + prof
	}
	f.emit(&Instr{Text: text, Args: []Value{cond}, Targets: []*Block{yes, no}, Term: true})
}

// Case is one arm of a switch.
type Case struct {
	Value int64
	To    *Block
}

// Switch emits a switch.
func (f *Func) Switch(v Value, def *Block, cases []Case) {
	var b strings.Builder
	fmt.Fprintf(&b, "switch %s, label %s [", v, Name("%", def.Label))
	targets := []*Block{def}
	for _, c := range cases {
		fmt.Fprintf(&b, " %s, label %s", Const(v.Type, c.Value), Name("%", c.To.Label))
		targets = append(targets, c.To)
	}
	b.WriteString(" ]")
	f.emit(&Instr{Text: b.String(), Args: []Value{v}, Targets: targets, Term: true})
}

// Ret emits a return; v is ignored when the function returns nothing.
func (f *Func) Ret(v Value) {
	if f.Result == Void {
		f.emit(&Instr{Text: "ret void", Term: true})
		return
	}
	if v.Type != f.Result {
		failf("%s: return of %s, want %s", f.Name, v, f.Result)
	}
	f.emit(&Instr{Text: "ret " + v.String(), Args: []Value{v}, Term: true})
}

// Unreachable emits an unreachable.
func (f *Func) Unreachable() {
	f.emit(&Instr{Text: "unreachable", Term: true})
}

// AtomicRMW emits an atomicrmw (xchg, add, sub, and, or, …), sequentially
// consistent, and returns the old value.
func (f *Func) AtomicRMW(op string, p, v Value) Value {
	return f.value(v.Type, []Value{p, v}, "atomicrmw %s %s, %s seq_cst, align %d", op, p, v, max(1, v.Type.Size()))
}

// CmpXchg emits a cmpxchg and returns the old value and whether it matched.
func (f *Func) CmpXchg(p, old, v Value) (Value, Value) {
	same("cmpxchg", old, v)
	t := Struct([]Type{v.Type, I1})
	r := f.value(t, []Value{p, old, v}, "cmpxchg %s, %s, %s seq_cst seq_cst, align %d", p, old, v, v.Type.Size())
	return f.Extract(r, 0), f.Extract(r, 1)
}

// AtomicLoad emits a sequentially consistent load.
func (f *Func) AtomicLoad(t Type, p Value) Value {
	return f.value(t, []Value{p}, "load atomic %s, %s seq_cst, align %d", t, p, t.Size())
}

// AtomicStore emits a sequentially consistent store.
func (f *Func) AtomicStore(v, p Value) {
	f.emit(&Instr{Text: fmt.Sprintf("store atomic %s, %s seq_cst, align %d", v, p, v.Type.Size()), Args: []Value{v, p}})
}

// Size is the size in bytes of a scalar type in memory.
func (t Type) Size() int {
	if t.IsPtr() || t == "double" {
		return 8
	}
	if t == "float" {
		return 4
	}
	return (t.Bits() + 7) / 8
}
