// SPDX-License-Identifier: Apache-2.0

package object

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/audit"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/toolchain"
)

func meta(symbols ...string) image.Meta {
	m := image.Meta{Name: "p", Package: "p"}
	for _, s := range symbols {
		m.Programs = append(m.Programs, image.Program{Name: s, Symbol: s, Type: abi.ProgramXDP})
	}
	return m
}

// attributes are those of compiled functions, as lower gives them.
const attributes = `nounwind noredzone null_pointer_is_valid fn_ret_thunk_extern "frame-pointer"="all" "no-builtins" "no-jump-tables"="true" "target-features"="+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls,-sse,-sse2,-mmx,-x87,+soft-float"`

// prelude is what every module of the tests begins with.
const prelude = `
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
@rex_cpu = external dso_local addrspace(256) global [32 x i8]
@rex.need = external dso_local global i8, !absolute_symbol !9
declare dso_local void @rex_panic(i32, i64, i64) cold noreturn nounwind "gc-leaf-function"
declare dso_local void @rex_poll() cold nounwind "gc-leaf-function"
declare dso_local void @rex_log(i32, ptr, i64) nounwind "gc-leaf-function"
declare ptr @llvm.frameaddress.p0(i32)
define dso_local void @gc.safepoint_poll() #0 {
  %p = load volatile i8, ptr addrspace(256) @rex_cpu
  %c = icmp eq i8 %p, 0
  br i1 %c, label %ok, label %slow
slow:
  call void @rex_poll()
  br label %ok
ok:
  ret void
}
attributes #0 = { ` + attributes + ` }
attributes #1 = { noinline ` + attributes + ` }
!llvm.module.flags = !{!0}
!0 = !{i32 8, !"cf-protection-branch", i32 1}
!9 = !{i64 0, i64 2147483647}
`

// guard is a stack check, in a function that uses about n bytes of stack. The
// check comes after the variable, which must stand in the entry block.
func guard(n int) string {
	return fmt.Sprintf("  %%buf = alloca [%d x i8], align 8\n", n) + check +
		fmt.Sprintf("  call void @rex_log(i32 1, ptr %%buf, i64 %d)\n", n)
}

const check = `
  %fp = call ptr @llvm.frameaddress.p0(i32 0)
  %fpi = ptrtoint ptr %fp to i64
  %lim = load volatile i64, ptr addrspace(256) getelementptr (i8, ptr addrspace(256) @rex_cpu, i64 8)
  %left = sub i64 %fpi, %lim
  %enough = icmp sgt i64 %left, ptrtoint (ptr @rex.need to i64)
  br i1 %enough, label %go, label %over
over:
  call void @rex_panic(i32 25, i64 0, i64 0)
  unreachable
go:
`

// frame makes a function use about n bytes of stack.
func frame(n int) string {
	return fmt.Sprintf("  %%buf = alloca [%d x i8], align 8\n  call void @rex_log(i32 1, ptr %%buf, i64 %d)\n", n, n)
}

// fn writes a function without parameters; linkage dso_local for programs.
func fn(linkage, name, body string) string {
	return fmt.Sprintf("define %s i32 @%s() #1 gc \"statepoint-example\" {\n%s\n  ret i32 2\n}\n", linkage, name, body)
}

func call(name string) string { return fmt.Sprintf("  %%c.%s = call i32 @%s()\n", name, name) }

// program is a module whose program has the given body.
func program(body string, others ...string) string {
	return prelude + fn("dso_local", "p.Prog", body) + strings.Join(others, "")
}

func compile(t *testing.T, ir string, symbols ...string) (*image.Object, error) {
	t.Helper()
	if symbols == nil {
		symbols = []string{"p.Prog"}
	}
	_, o, err := Build(t.Context(), toolchain.New(), Input{IR: []byte(ir), Meta: meta(symbols...)})
	return o, err
}

func mustCompile(t *testing.T, ir string) *image.Object {
	t.Helper()
	o, err := compile(t, ir)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestBuild compiles a module with recursion, indirect calls, a loop, a map
// and a kernel field.
func TestBuild(t *testing.T) {
	o := mustCompile(t, read(t, "basic.ll"))
	want := map[string]image.Function{
		"p.add":  {},
		"p.sub":  {},
		"p.fib":  {Checked: true, Calls: []string{"p.fib"}},
		"p.Prog": {Indirect: true, Calls: []string{"p.fib"}},
	}
	for _, f := range o.Meta.Functions {
		w, ok := want[f.Symbol]
		if !ok || f.Frame < 16 || f.Frame > abi.MaxFrame {
			t.Errorf("function %+v", f)
		}
		w.Symbol, w.Frame = f.Symbol, f.Frame
		if !reflect.DeepEqual(f, w) {
			t.Errorf("got %+v, want %+v", f, w)
		}
		delete(want, f.Symbol)
	}
	if len(want) != 0 {
		t.Errorf("functions not in the object: %v", want)
	}
	if s := o.Meta.Programs[0].StackBytes; s != 0 {
		t.Errorf("static bound %d for a program that recurses", s)
	}
	var undef []string
	for _, s := range o.Undefined() {
		undef = append(undef, s.Name)
	}
	if got, want := strings.Join(undef, " "), "__x86_indirect_thunk_r11 __x86_return_thunk rex.map.hits rex.off.xdp_buff.data rex_cpu rex_map_lookup rex_panic rex_poll"; got != want {
		t.Errorf("undefined symbols %s, want %s", got, want)
	}
	for _, s := range o.Sections {
		switch s.Name {
		case ".text", ".rodata", ".bss":
		default:
			t.Errorf("section %s", s.Name)
		}
	}
	if o.Symbol("gc.safepoint_poll") != nil || o.Symbol(NeedSymbol) != nil {
		t.Error("compile-time symbols are left in the object")
	}
	// Polls: on each of the four entries, because there is recursion; on the
	// loop; and on the loop that LLVM makes of fib's second call.
	polls := 0
	for _, r := range o.Section(image.TextSection).Relocs {
		if r.Sym.Name == "rex_poll" {
			polls++
		}
	}
	if polls != 6 {
		t.Errorf("%d polls, want 6", polls)
	}
}

func TestDeterministic(t *testing.T) {
	var first []byte
	for i := range 2 {
		b, _, err := Build(t.Context(), toolchain.New(), Input{IR: []byte(read(t, "debug.ll")), Meta: meta("p.Prog")})
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 && !bytes.Equal(b, first) {
			t.Error("two builds of the same module differ")
		}
		first = b
	}
}

func TestFrames(t *testing.T) {
	for _, version := range []string{"4", "5"} {
		t.Run("dwarf"+version, func(t *testing.T) {
			ir := strings.Replace(read(t, "debug.ll"), `!"Dwarf Version", i32 5`, `!"Dwarf Version", i32 `+version, 1)
			o := mustCompile(t, ir)
			if err := o.DebugErr(); err != nil {
				t.Fatal(err)
			}
			// The return addresses of the two panics (LLVM may have merged
			// them), of the call of rex_log and of the call of leaf.
			got := map[string]bool{}
			funcs, err := audit.Functions(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range funcs {
				for i := range f.Insts {
					in := &f.Insts[i]
					if tg, ok := in.Target(); ok && in.IsCall() && tg.Extern != "rex_poll" {
						var s []string
						for _, fr := range o.Frames(in.End(), true) {
							s = append(s, fmt.Sprintf("%s %s %v", fr.Func, fr, fr.Inlined))
						}
						got[tg.Extern+": "+strings.Join(s, ", ")] = true
					}
				}
			}
			for _, want := range []string{
				"rex_log: p.leaf p/p.go:31 false",
				": p.Prog p/p.go:42 false",
				"rex_panic: p.at p/p.go:11 true, p.sum2 p/p.go:21 true, p.leaf p/p.go:32 false",
				"rex_panic: p.at p/p.go:11 true, p.sum2 p/p.go:22 true, p.leaf p/p.go:32 false",
			} {
				if !got[want] {
					t.Errorf("no call with frames %q; there are %v", want, got)
				}
			}
			for _, s := range o.Sections {
				if strings.HasPrefix(s.Name, ".debug_") && len(s.Relocs) > 0 {
					t.Errorf("%s still has relocations", s.Name)
				}
			}
		})
	}
}

func TestToolchainMissing(t *testing.T) {
	_, _, err := Build(t.Context(), toolchain.In(t.TempDir()), Input{IR: []byte(prelude)})
	if !errors.Is(err, toolchain.ErrNotFound) || !strings.Contains(err.Error(), "apt-get install llvm-19") {
		t.Errorf("got %v", err)
	}
}

func TestBadIR(t *testing.T) {
	_, err := compile(t, "define i32 @p.Prog() { ret i64 0 }")
	var re *toolchain.RunError
	if !errors.As(err, &re) || re.Tool != toolchain.Opt || !strings.Contains(err.Error(), "error:") {
		t.Errorf("got %v", err)
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name, ir string
		want     error
		text     []string
	}{
		{"undefined function",
			program("  call void @evil()") + "declare dso_local void @evil() nounwind \"gc-leaf-function\"\n",
			image.ErrUndefined, []string{"p.Prog+", "refers to evil"}},
		{"undefined variable",
			program("  %v = load volatile i32, ptr @jiffies") + "@jiffies = external dso_local global i32\n",
			image.ErrUndefined, []string{"p.Prog+", "refers to jiffies"}},
		{"undefined in data",
			program("  %v = load volatile ptr, ptr @p.table\n  store volatile ptr %v, ptr @p.table") + "@p.table = dso_local global ptr @jiffies\n@jiffies = external dso_local global i32\n",
			image.ErrUndefined, []string{"p.table+0x0 refers to jiffies"}},
		{"128-bit division",
			program("  %v = load volatile i128, ptr @p.x\n  %d = udiv i128 7, %v\n  store volatile i128 %d, ptr @p.x") + "@p.x = internal global i128 3\n",
			image.ErrUndefined, []string{"p.Prog+", "refers to __udivti3"}},
		{"GOT relocation",
			program("  %v = call i32 @other()") + "declare i32 @other() nounwind nonlazybind \"gc-leaf-function\"\n",
			ErrReloc, []string{"p.Prog+", "refers to other"}},
		{"frame too large",
			program(frame(abi.MaxFrame)), ErrFrame, []string{"p.Prog uses", "at most 4096"}},
		{"dynamic frame",
			program("  %n = load volatile i64, ptr @p.n\n  br label %b\nb:\n  %a = alloca i8, i64 %n\n  call void @rex_log(i32 1, ptr %a, i64 %n)") + "@p.n = internal global i64 3\n",
			ErrFrame, []string{"p.Prog's frame is not fixed"}},
		{"too deep",
			program(frame(3800)+call("p.a"), fn("internal", "p.a", frame(3800)+call("p.b")), fn("internal", "p.b", frame(3800)+call("p.c")),
				fn("internal", "p.c", frame(3800)+call("p.d")), fn("internal", "p.d", frame(3800))),
			ErrStack, []string{"program p.Prog may use", "\n\t", "  p.Prog\n", "  p.a\n", "  p.d"}},
		{"recursion without a check",
			program(call("p.a"), fn("internal", "p.a", frame(8)+call("p.b")+frame2), fn("internal", "p.b", frame(8)+call("p.a")+frame2)),
			ErrStack, []string{"p.a → p.b → p.a recurse without a stack check"}},
		{"indirect recursion without a check",
			program(call("p.a"), fn("internal", "p.a", frame(8)+callIndirect+frame2), table),
			ErrStack, []string{"p.a → p.a recurse"}},
		{"check after the call",
			program(call("p.a"), fn("internal", "p.a", call("p.b")+check), fn("internal", "p.b", frame(8)+call("p.a")+frame2)),
			ErrStack, []string{"recurse without a stack check"}},
		{"too deep below a check",
			program(call("p.r"), fn("internal", "p.r", guard(3800)+call("p.r")+call("p.a")), fn("internal", "p.a", frame(3800)+call("p.b")), fn("internal", "p.b", frame(3800)+call("p.c")),
				fn("internal", "p.c", frame(3800)+call("p.d")), fn("internal", "p.d", frame(3800))),
			ErrStack, []string{"the functions below p.r may use", "  p.d"}},
		{"inline assembly",
			program("  call void asm sideeffect \"cli\", \"\"()"), audit.ErrForbidden, []string{"p.Prog+", "cli", "not allowed"}},
		{"floating point",
			program("  %v = load volatile double, ptr @p.x\n  %d = fadd double %v, %v\n  store volatile double %d, ptr @p.x") + "@p.x = internal global double 3.0\n",
			image.ErrUndefined, []string{"p.Prog+", "__adddf3"}},
		{"no return thunk",
			strings.ReplaceAll(program(""), "fn_ret_thunk_extern", ""), audit.ErrForbidden, []string{"return not through __x86_return_thunk"}},
		{"no retpolines",
			strings.ReplaceAll(program(callIndirect, fn("internal", "p.a", ""), table),
				"+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls,", ""),
			audit.ErrForbidden, []string{"indirect branch not through a retpoline thunk"}},
		{"address-taken function without endbr",
			strings.ReplaceAll(program(callIndirect, fn("internal", "p.a", ""), table),
				"!llvm.module.flags = !{!0}", ""),
			audit.ErrForbidden, []string{"p.f+0x0", "address of p.a is taken", "endbr64"}},
		{"trap",
			program("  call void @llvm.trap()") + "declare void @llvm.trap()\n", audit.ErrForbidden, []string{"ud2"}},
		{"unknown section",
			program("  %v = load volatile i32, ptr @p.x\n  store volatile i32 %v, ptr @p.x") + "@p.x = internal global i32 3, section \".init.data\"\n",
			nil, []string{"LLVM made a section .init.data"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := compile(t, tt.ir)
			if err == nil {
				t.Fatal("accepted")
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			for _, s := range tt.text {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("got %q, want %q in it", err, s)
				}
			}
		})
	}
}

// table is a variable that holds the address of p.a; callIndirect calls what
// it holds.
const (
	table        = "@p.f = internal global ptr @p.a\n"
	callIndirect = "  %f = load volatile ptr, ptr @p.f\n  %r = call i32 %f()\n"
)

// frame2 keeps a call before it from becoming a tail call.
const frame2 = "  call void @rex_log(i32 1, ptr null, i64 0)\n"

func TestNoProgram(t *testing.T) {
	if _, err := compile(t, program(""), "p.Gone"); err == nil || !strings.Contains(err.Error(), "p.Gone") {
		t.Errorf("got %v", err)
	}
}

func TestStaticBound(t *testing.T) {
	o := mustCompile(t, program(frame(1000)+call("p.a")+call("p.b"), fn("internal", "p.a", frame(2000)+call("p.c")), fn("internal", "p.b", frame(100)), fn("internal", "p.c", frame(500))))
	frames := map[string]uint32{}
	for _, f := range o.Meta.Functions {
		frames[f.Symbol] = f.Frame
	}
	if got, want := o.Meta.Programs[0].StackBytes, frames["p.Prog"]+frames["p.a"]+frames["p.c"]; got != want || got < 3500 {
		t.Errorf("static bound %d, want %d", got, want)
	}
}

// TestNeed: each check compares with what its own function needs.
func TestNeed(t *testing.T) {
	o := mustCompile(t, program(call("p.r"),
		fn("internal", "p.r", guard(200)+call("p.mid")+call("p.r")+frame2),
		fn("internal", "p.mid", frame(3000)+call("p.s")+call("p.low")+frame2),
		fn("internal", "p.low", frame(1000)),
		fn("internal", "p.s", guard(2000)+call("p.r")+frame2)))
	frames := map[string]uint32{}
	for _, f := range o.Meta.Functions {
		frames[f.Symbol] = f.Frame
		if f.Checked != (f.Symbol == "p.r" || f.Symbol == "p.s") {
			t.Errorf("checked: %+v", f)
		}
	}
	below := frames["p.mid"] + max(frames["p.s"], frames["p.low"])
	for name, want := range map[string]uint32{"p.r": frames["p.r"] + below, "p.s": frames["p.s"] + frames["p.r"]} {
		if got := needOf(t, o, name); got != int64(want) {
			t.Errorf("%s compares with %d, want %d", name, got, want)
		}
	}
}

// needOf returns the constant that a function's stack check compares with:
// that of the first comparison with a constant of more than one byte.
func needOf(t *testing.T, o *image.Object, name string) int64 {
	t.Helper()
	funcs, err := audit.Functions(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range funcs {
		if f.Name != name {
			continue
		}
		for i := range f.Insts {
			if imm, ok := compareImm(&f.Insts[i]); ok {
				return imm
			}
		}
	}
	t.Fatalf("no check in %s", name)
	return 0
}

// TestCold: LLVM puts cold functions into a section of their own; all code
// ends up in .text, with symbols and relocations moved along.
func TestCold(t *testing.T) {
	cold := `define internal i32 @p.cold() #2 gc "statepoint-example" {
  call void @rex_log(i32 7, ptr @p.x, i64 0)
  ret i32 2
}
@p.x = internal global i32 3
@p.y = internal constant [3 x ptr] [ptr @p.x, ptr @p.y, ptr @p.z]
@p.z = internal constant i64 77, section ".rodata.own"
@p.late = internal global ptr null, section ".data..ro_after_init"
attributes #2 = { noinline cold ` + attributes + ` }
`
	o := mustCompile(t, program(call("p.cold")+"  %v = load volatile ptr, ptr @p.late\n  store volatile ptr @p.y, ptr @p.late")+cold)
	text := o.Section(image.TextSection)
	f := o.Symbol("p.cold")
	if f == nil || f.Section != text || text.Flags != elf.SHF_ALLOC|elf.SHF_EXECINSTR {
		t.Fatalf("p.cold is %+v", f)
	}
	for _, want := range []string{".rodata", ".data", ".data..ro_after_init"} {
		if o.Section(want) == nil {
			t.Errorf("no section %s", want)
		}
	}
	if z := o.Symbol("p.z"); z == nil || z.Section.Name != ".rodata" {
		t.Errorf("p.z is %+v", z)
	}
	var names []string
	for _, r := range o.Section(".rodata").Relocs {
		names = append(names, o.Where(r.Sym.Section, r.Sym.Value+uint64(r.Addend)))
	}
	if got := strings.Join(names, " "); got != "p.x+0x0 p.y+0x0 p.z+0x0" {
		t.Errorf("p.y points to %s", got)
	}
}
