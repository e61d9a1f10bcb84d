// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
)

// describe fills in metadata that tells the truth about frames.
func (a *asm) describe() *asm {
	a.t.Helper()
	c, err := check(a.o)
	if err != nil {
		a.t.Fatal(err)
	}
	a.o.Meta.Functions = nil
	for _, f := range c.funcs {
		used, _, err := c.stack(f)
		if err != nil {
			a.t.Fatal(err)
		}
		a.o.Meta.Functions = append(a.o.Meta.Functions, image.Function{Symbol: f.Name, Frame: uint32(used)})
	}
	return a
}

func (a *asm) program(symbol string, stack uint32) *asm {
	a.o.Meta.Programs = append(a.o.Meta.Programs, image.Program{Name: symbol, Symbol: symbol, StackBytes: stack})
	return a
}

// frame is a function of n bytes below the frame pointer around code.
func frame(n int, code string) string {
	return enter + fmt.Sprintf(" 48 81 ec %02x %02x 00 00", n&255, n>>8) + code + " c9" + ret
}

// stackCheck compares what is left with need, and panics when it is less: mov
// %rbp,%rax; sub %gs:8,%rax; cmp $need,%rax; jg over a call of rex_panic.
func stackCheck(need int) string {
	return " 48 89 e8 65 48 2b 05 {pc rex_cpu 4}" + fmt.Sprintf(" 48 3d %02x %02x 00 00", need&255, need>>8) + " 7f 05 e8 {plt rex_panic -4}"
}

func call(name string) string { return " e8 {plt " + name + " -4}" }

// recursive is a program of 16 bytes that calls a function that checks the
// stack and calls itself through another; its frame is 32 bytes, the other's
// 80, so that it needs 32+80+32 = 144.
func recursive(t *testing.T, check string) *asm {
	return newAsm(t).fn("p.main", enter+call("p.walk")+leave+ret).
		fn("p.walk", frame(16, check+call("p.step"))).
		fn("p.step", frame(64, call("p.walk"))).
		program("p.main", 0)
}

const walkNeeds = 32 + 80 + 32

func TestBound(t *testing.T) {
	for name, a := range map[string]*asm{
		"leaf":            newAsm(t).fn("p.main", ret).program("p.main", 8),
		"chain":           newAsm(t).fn("p.main", frame(16, call("p.f"))).fn("p.f", frame(64, "")).program("p.main", 112),
		"more":            newAsm(t).fn("p.main", frame(16, call("p.f"))).fn("p.f", frame(64, "")).program("p.main", 1120),
		"no bound":        newAsm(t).fn("p.main", frame(16, "")).program("p.main", 0),
		"recursive":       recursive(t, stackCheck(walkNeeds)),
		"poll in a check": recursive(t, " 48 89 e8 65 48 2b 05 {pc rex_cpu 4}"+doPoll+" 48 3d 90 00 00 00 7f 05 e8 {plt rex_panic -4}"),
		"above":           recursive(t, stackCheck(walkNeeds+1000)),
		"jle":             recursive(t, " 48 89 e8 65 48 2b 05 {pc rex_cpu 4} 48 3d 90 00 00 00 7e 02 eb 05 e8 {plt rex_panic -4}"),
		"two loads":       recursive(t, " 65 48 8b 0d {pc rex_cpu 4} 48 89 eb 48 29 cb 48 81 fb 90 00 00 00 7f 05 e8 {plt rex_panic -4}"),
		"poll between": recursive(t, " 48 89 eb 65 48 2b 1d {pc rex_cpu 4} 65 80 3d {pc rex_cpu -5} 00 75 02 eb 05"+doPoll+
			" 48 81 fb 90 00 00 00 7f 05 e8 {plt rex_panic -4}"),
	} {
		t.Run(name, func(t *testing.T) {
			if err := Check(a.describe().o); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBoundRefused: what an edited object could say or do about the stack.
func TestBoundRefused(t *testing.T) {
	chain := func() *asm {
		return newAsm(t).fn("p.main", frame(16, call("p.f"))).fn("p.f", frame(64, "")).program("p.main", 112).describe()
	}
	deep := newAsm(t)
	for i := range 5 {
		code := frame(3000, call(fmt.Sprintf("p.f%d", i+1)))
		deep.fn(fmt.Sprintf("p.f%d", i), code)
	}
	deep.fn("p.f5", frame(3000, "")).program("p.f0", 0).describe()
	const limit = " 65 48 2b 05 {pc rex_cpu 4}"
	over := " 7f 05 e8 {plt rex_panic -4}"
	for _, tt := range []struct {
		name, reason string
		a            *asm
		edit         func(m *image.Meta)
	}{
		{"smaller frame", "p.f uses 79 bytes", chain(), func(m *image.Meta) { m.Functions[1].Frame = 79 }},
		{"no frame", "p.f uses 0 bytes", chain(), func(m *image.Meta) { m.Functions[1].Frame = 0 }},
		{"huge frame", "may use 4096", chain(), func(m *image.Meta) { m.Functions[1].Frame = abi.MaxFrame + 1 }},
		{"frame overflows", "may use 4096", chain(), func(m *image.Meta) { m.Functions[1].Frame = 1<<32 - 1 }},
		{"function left out", "p.f is not in the metadata", chain(), func(m *image.Meta) { m.Functions = m.Functions[:1] }},
		{"function twice", "stands twice", chain(), func(m *image.Meta) { m.Functions = append(m.Functions, m.Functions[0]) }},
		{"function too many", "describes 3 functions", chain(), func(m *image.Meta) { m.Functions = append(m.Functions, image.Function{Symbol: "p.x"}) }},
		{"smaller bound", "may use 112 bytes of stack, the metadata says 111", chain(), func(m *image.Meta) { m.Programs[0].StackBytes = 111 }},
		{"smaller bound of init", "package initialisation may use 112", chain(), func(m *image.Meta) { m.Init, m.InitStack = "p.main", 8 }},
		{"bound where functions check", "gives a bound of 900", recursive(t, stackCheck(walkNeeds)).describe(), func(m *image.Meta) { m.Programs[0].StackBytes = 900 }},
		{"too deep", "may use", deep, nil},
		{"large frame", "may use 4096", newAsm(t).fn("p.main", frame(5000, "")).program("p.main", 0).describe(), nil},
		{"recursion", "recurse without a stack check", recursive(t, " 90").describe(), nil},
		{"check of less", "checks for 143 bytes of stack and needs 144", recursive(t, stackCheck(walkNeeds-1)).describe(), nil},
		{"check of more than there is below a smaller callee", "checks for 144 bytes of stack and needs", recursive(t, stackCheck(walkNeeds)).describe(),
			func(m *image.Meta) { m.Functions[2].Frame += 16 }},
		{"check without a branch", "recurse", recursive(t, " 48 89 e8"+limit+" 48 3d 90 00 00 00").describe(), nil},
		{"branch the other way", "recurse", recursive(t, " 48 89 e8"+limit+" 48 3d 90 00 00 00 7e 05 e8 {plt rex_panic -4}").describe(), nil},
		{"unsigned branch", "recurse", recursive(t, " 48 89 e8"+limit+" 48 3d 90 00 00 00 77 05 e8 {plt rex_panic -4}").describe(), nil},
		{"flags changed", "recurse", recursive(t, " 48 89 e8"+limit+" 48 3d 90 00 00 00 48 ff c1"+over).describe(), nil},
		{"register changed", "recurse", recursive(t, " 48 89 e8"+limit+" 48 ff c0 48 3d 90 00 00 00"+over).describe(), nil},
		{"part of register changed", "recurse", recursive(t, " 48 89 e8"+limit+" b4 7f 48 3d 90 00 00 00"+over).describe(), nil},
		{"not the frame pointer", "recurse", recursive(t, " 48 89 f8"+limit+" 48 3d 90 00 00 00"+over).describe(), nil},
		{"not the limit", "recurse", recursive(t, " 48 89 e8 65 48 2b 05 {pc rex_cpu 12} 48 3d 90 00 00 00"+over).describe(), nil},
		{"32 bits", "recurse", recursive(t, " 48 89 e8"+limit+" 3d 90 00 00 00"+over).describe(), nil},
		{"negative", "recurse", recursive(t, " 48 89 e8"+limit+" 48 3d 90 00 00 80"+over).describe(), nil},
		{"relocated need", "recurse", recursive(t, " 48 89 e8"+limit+" 48 3d {32s rex.off.a.b}"+over).describe(), nil},
		{"one way round", "recurse", recursive(t, " 74 18"+stackCheck(walkNeeds)).describe(), nil},
		{"register not kept over a call", "recurse", recursive(t, " 48 89 e8"+limit+" e8 {plt rex_ktime_get_ns -4}"+" 48 3d 90 00 00 00"+over).describe(), nil},
		{"left by a callee", "recurse", recursive(t, " 48 89 eb 65 48 2b 1d {pc rex_cpu 4}"+call("p.step")+" 48 81 fb 90 00 00 00"+over).describe(), nil},
		{"indirect recursion", "recurse", newAsm(t).fn("p.main", endbr+enter+" 49 c7 c3 {32s p.main} e8 {plt __x86_indirect_thunk_r11 -4}"+leave+ret).program("p.main", 0).describe(), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.edit != nil {
				tt.edit(&tt.a.o.Meta)
			}
			if err := Check(tt.a.o); !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("got %v, want %q", err, tt.reason)
			}
		})
	}
}
