// SPDX-License-Identifier: Apache-2.0

package ir

import (
	"errors"
	"strings"
	"testing"
)

// sample is a module with a function f(i64, ptr) i64 whose entry block is
// current.
func sample() (*Module, *Func) {
	m := NewModule("t")
	f := m.AddFunc(&Func{Name: "f", Linkage: "internal", Result: I64, Params: []Param{{Type: I64}, {Type: Ptr}}})
	f.SetBlock(f.NewBlock("entry"))
	return m, f
}

func TestPrint(t *testing.T) {
	m, f := sample()
	m.AddGlobal(&Global{Name: "pkg.(*T).x", Linkage: "internal", Type: Bytes(4), Init: "zeroinitializer", Align: 4})
	slot := f.Alloca(I64, 8)
	f.SetLoc(m.Meta("!DILocation(line: 3)"))
	f.Store(f.Bin("add", f.Param(0), Const(I64, 1)), slot, 8)
	yes, no := f.NewBlock("b"), f.NewBlock("b")
	f.CondBr(f.ICmp("eq", f.Param(1), Null), yes, no, "")
	f.SetBlock(yes)
	f.Br(no)
	f.SetBlock(no)
	p := f.Phi(I64)
	p.AddIncoming(Const(I64, -1), yes)
	p.AddIncoming(f.Param(0), f.Blocks[0])
	f.Ret(f.Bin("xor", p.Result, f.Load(I64, slot, 8, Shared)))
	if err := m.Verify(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`@"pkg.(*T).x" = internal global [4 x i8] zeroinitializer, align 4`,
		"define internal i64 @f(i64 %a0, ptr %a1) {\nentry:\n  %v1 = alloca i64, align 8\n  %v2 = add i64 %a0, 1, !dbg !0\n",
		"  br i1 %v3, label %b, label %b.1, !dbg !0\n",
		"b.1:\n  %v4 = phi i64 [ -1, %b ], [ %a0, %entry ], !dbg !0\n",
		"  %v5 = load atomic i64, ptr %v1 unordered, align 8, !dbg !0\n",
		"!0 = !DILocation(line: 3)\n",
	} {
		if !strings.Contains(m.String(), want) {
			t.Errorf("no %q in\n%s", want, m)
		}
	}
}

// TestRefused makes each mistake that a builder refuses at once.
func TestRefused(t *testing.T) {
	tests := map[string]func(m *Module, f *Func){
		"operand types":         func(m *Module, f *Func) { f.Bin("add", f.Param(0), Const(I32, 1)) },
		"arithmetic on pointer": func(m *Module, f *Func) { f.Bin("add", f.Param(1), f.Param(1)) },
		"compare types":         func(m *Module, f *Func) { f.ICmp("eq", f.Param(0), f.Param(1)) },
		"widening trunc":        func(m *Module, f *Func) { f.Cast("trunc", f.Param(0), I128) },
		"zext to same":          func(m *Module, f *Func) { f.Cast("zext", f.Param(0), I64) },
		"load from integer":     func(m *Module, f *Func) { f.Load(I64, f.Param(0), 8, Plain) },
		"store to integer":      func(m *Module, f *Func) { f.Store(f.Param(0), f.Param(0), 8) },
		"branch on i64":         func(m *Module, f *Func) { f.CondBr(f.Param(0), f.Blocks[0], f.Blocks[0], "") },
		"argument count":        func(m *Module, f *Func) { f.Call(f, "", f.Param(0)) },
		"argument type":         func(m *Module, f *Func) { f.Call(f, "", f.Param(1), f.Param(1)) },
		"result type":           func(m *Module, f *Func) { f.Ret(f.Param(1)) },
		"phi type":              func(m *Module, f *Func) { f.Phi(I64).AddIncoming(Null, f.Blocks[0]) },
		"after terminator":      func(m *Module, f *Func) { f.Unreachable(); f.Unreachable() },
		"same name":             func(m *Module, f *Func) { m.AddFunc(&Func{Name: "f"}) },
		"no name":               func(m *Module, f *Func) { m.AddGlobal(&Global{}) },
		"extract range":         func(m *Module, f *Func) { f.Extract(Value{Struct([]Type{I64}), "%x"}, 1) },
		"aggregate fields":      func(m *Module, f *Func) { f.Aggregate(Struct([]Type{I64, Ptr}), []Value{Null, Null}) },
		"nested struct":         func(m *Module, f *Func) { Struct([]Type{Struct([]Type{I64})}) },
		"constant pointer":      func(m *Module, f *Func) { Const(Ptr, 1) },
	}
	for name, mistake := range tests {
		t.Run(name, func(t *testing.T) {
			defer func() {
				err, ok := recover().(error)
				var e *Error
				if !ok || !errors.As(err, &e) {
					t.Errorf("got %v, want an *Error", err)
				}
			}()
			mistake(sample())
		})
	}
}

// TestVerify makes each mistake that only the whole function shows.
func TestVerify(t *testing.T) {
	tests := map[string]struct {
		want    string
		mistake func(m *Module, f *Func)
	}{
		"no terminator":   {"no terminator", func(m *Module, f *Func) {}},
		"undefined value": {"%nowhere is not defined", func(m *Module, f *Func) { f.Ret(Value{I64, "%nowhere"}) }},
		"wrong type":      {"%a1 is ptr, used as i64", func(m *Module, f *Func) { f.Ret(Value{I64, "%a1"}) }},
		"undefined global": {"@g is not defined", func(m *Module, f *Func) {
			f.Ret(f.Load(I64, Value{Ptr, "@g"}, 8, Plain))
		}},
		"branch to entry": {"branch to the entry block", func(m *Module, f *Func) { f.Br(f.Blocks[0]) }},
		"branch out": {"of another function", func(m *Module, f *Func) {
			g := m.AddFunc(&Func{Name: "g"})
			f.Br(g.NewBlock("x"))
		}},
		"phi edges": {"0 of 1 edges", func(m *Module, f *Func) {
			b := f.NewBlock("b")
			f.Br(b)
			f.SetBlock(b)
			f.Ret(f.Phi(I64).Result)
		}},
		"phi predecessor": {"no predecessor", func(m *Module, f *Func) {
			b := f.NewBlock("b")
			f.Br(b)
			f.SetBlock(b)
			p := f.Phi(I64)
			p.AddIncoming(Const(I64, 1), b)
			f.Ret(p.Result)
		}},
		"no value": {"operand without a value", func(m *Module, f *Func) { f.Ret(Value{Type: I64}) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, f := sample()
			tt.mistake(m, f)
			err := m.Verify()
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestConst(t *testing.T) {
	for _, tt := range []struct {
		t    Type
		x    int64
		want string
	}{{I8, 255, "-1"}, {I8, 128, "-128"}, {I16, 65535, "-1"}, {I32, 1 << 31, "-2147483648"}, {I64, -1, "-1"}, {I1, 1, "true"}, {I1, 2, "false"}} {
		if got := Const(tt.t, tt.x).Ref; got != tt.want {
			t.Errorf("Const(%s, %d) = %s, want %s", tt.t, tt.x, got, tt.want)
		}
	}
	if n, ok := Const(I8, 255).ConstInt(); !ok || n != -1 {
		t.Errorf("ConstInt = %d, %v", n, ok)
	}
	if _, ok := (Value{I64, "ptrtoint (ptr @x to i64)"}).ConstInt(); ok {
		t.Error("a constant expression has no known value")
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"pkg.Func": "@pkg.Func", "a b": `@"a b"`, "1x": `@"1x"`, `q"\`: `@"q\22\5C"`, "é": `@"\C3\A9"`, "": `@""`,
	} {
		if got := Name("@", name); got != want {
			t.Errorf("Name(%q) = %s, want %s", name, got, want)
		}
	}
}
