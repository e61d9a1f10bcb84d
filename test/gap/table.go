// SPDX-License-Identifier: Apache-2.0

package gap

import (
	"strings"

	"github.com/rex-go/rex/examples/gap/arraymod"
	"github.com/rex-go/rex/examples/gap/bigstack"
	"github.com/rex-go/rex/examples/gap/callchain"
	"github.com/rex-go/rex/examples/gap/copyn"
	"github.com/rex-go/rex/examples/gap/ctxnarrow"
	"github.com/rex-go/rex/examples/gap/ctxselect"
	"github.com/rex-go/rex/examples/gap/fillpos"
	"github.com/rex-go/rex/examples/gap/funcptr"
	"github.com/rex-go/rex/examples/gap/gcd"
	"github.com/rex-go/rex/examples/gap/globalfn"
	"github.com/rex-go/rex/examples/gap/itoa"
	"github.com/rex-go/rex/examples/gap/lencheck"
	"github.com/rex-go/rex/examples/gap/loadlen"
	"github.com/rex-go/rex/examples/gap/lockcall"
	"github.com/rex-go/rex/examples/gap/middle"
	"github.com/rex-go/rex/examples/gap/nilarray"
	"github.com/rex-go/rex/examples/gap/offsetsum"
	"github.com/rex-go/rex/examples/gap/ptrinmap"
	"github.com/rex-go/rex/examples/gap/rangeidiom"
	"github.com/rex-go/rex/examples/gap/recursion"
	"github.com/rex-go/rex/examples/gap/rounds"
	"github.com/rex-go/rex/examples/gap/slices"
	"github.com/rex-go/rex/examples/gap/strsearch"
	"github.com/rex-go/rex/examples/gap/sumall"
	"github.com/rex-go/rex/examples/gap/twolocks"
	"github.com/rex-go/rex/xdp"
)

// The classes.
const (
	context    = "context access"
	bounds     = "lost bounds"
	packets    = "packet pointers"
	loops      = "loops"
	complexity = "complexity"
	stack      = "stack and calls"
	locks      = "locks"
	memory     = "pointers and memory"
)

// Pairs are all of them.
var Pairs = []Pair{
	{
		Name: "ctxnarrow", Class: context, Run: ctxnarrow.Run,
		Message: "invalid bpf_context access off=16 size=1",
		What:    "Hashes a 32-bit field of the context byte by byte.",
		Why:     "The field may be loaded only as a whole: the verifier rewrites loads from the context and knows only this form. Compilers make narrow loads of wide ones by themselves, the famous case being bpf_htons(ctx->src_port).",
		Instead: "Copy the field to a volatile variable first.",
		Cases:   []Case{tx("", 1268118805)},
	}, {
		Name: "ctxselect", Class: context, Run: ctxselect.Run,
		Message: "dereference of modified ctx ptr",
		What:    "Returns one of two fields of the context.",
		Why:     "The compiler selects the field's address and loads once; the verifier wants a constant offset in each load. The source has two separate loads.",
		Instead: "Put inline assembly between the branches, so that the compiler cannot merge them.",
		Cases:   []Case{tx("\x01", 1), tx("\x02", 0), pass("")},
	}, {
		Name: "arraymod", Class: bounds, Run: arraymod.Run,
		Message: "math between map_value pointer and register with unbounded min value is not allowed",
		What:    "Chooses one of ten backends: table[hash % 10].",
		Why:     "The verifier does not know that a remainder is smaller than the divisor: division and modulo make a value unknown.",
		Instead: "Check the index that cannot be wrong, and keep the compiler from removing the check; or make the table's size a power of two.",
		Cases:   []Case{tx(le64(7), 88), tx(le64(1000000000000000003), 44), tx(le64(1<<64-1), 66), pass("\x01\x02\x03\x04\x05\x06\x07")},
	}, {
		Name: "rangeidiom", Class: bounds, Run: rangeidiom.Run,
		Message: "unbounded memory access",
		What:    "Counts packets of the kinds 5 to 9, checked as kind - 5 < 5.",
		Why:     "The check bounds kind - 5; the verifier draws no conclusion from it for kind. Compilers turn kind >= 5 && kind < 10 into the same.",
		Instead: "Two comparisons, with a barrier between them.",
		Cases:   []Case{tx(le32(5), 1), tx(le32(5), 2), tx(le32(9), 1), pass(le32(4)), pass(le32(10)), pass(le32(0)), pass("\x05")},
	}, {
		Name: "fillpos", Class: bounds, Run: fillpos.Run,
		Message: "invalid variable-offset write to stack",
		What:    "Writes two strings into one buffer after checking that a + b fits.",
		Why:     "The bound is on the sum; the verifier keeps one interval for each register and no relation between registers, so neither a nor the sum computed again is bounded.",
		Instead: "Check each part against the whole buffer and mask it again before each use.",
		Cases: []Case{
			tx("\x15\x2b", 'a'<<8|'b'<<16), tx("\x01\x14", 'a'|'b'<<8), pass("\x28\x28"), pass("\x00\x05"), pass("\x05\x00"), pass("\x01"),
		},
	}, {
		Name: "loadlen", Class: bounds, Run: loadlen.Run,
		Message: "invalid zero-sized read",
		What:    "Copies as many bytes as the packet says, at most 64.",
		Why:     "The helper's length must be provably greater than zero, though copying nothing does no harm.",
		Instead: "Branch around the call for zero, and keep the compiler from merging the check with another one.",
		Cases:   []Case{tx("\x00", 0), tx("\x03\x01\x02\x03\x09\x09", 6), pass("\x41" + strings.Repeat("x", 80)), pass("\x0aabc"), pass("")},
	}, {
		Name: "lencheck", Class: packets, Run: lencheck.Run,
		Message: "invalid access to packet",
		What:    "Checks the length of what is left: end - p < 18.",
		Why:     "Only comparisons of a packet pointer with the packet's end count as a bounds check, not those of their difference.",
		Instead: "Write p + 18 > end, wherever the length would be natural.",
		Cases:   []Case{tx("\x02abc\x00", 2+'c'), tx("\xff12\xff", 510), pass("abc")},
	}, {
		Name: "copyn", Class: packets, Run: copyn.Run,
		Message: "invalid access to packet",
		What:    "Copies a name of n bytes after checking once that n bytes are there.",
		Why:     "p + n <= end says nothing about p + i for i < n: these are unrelated variable offsets. clang also refuses memcpy with a variable length.",
		Instead: "Check each byte inside the loop, or copy through a helper into a map value.",
		Cases:   []Case{tx("\x03\x0a\x14\x1e", 60), tx("\x00", 0), tx("\x40"+strings.Repeat("\x02", 64), 128), pass("\x41" + strings.Repeat("x", 65)), pass("\x04abc"), pass("")},
	}, {
		Name: "middle", Class: packets, Run: middle.Run,
		Message: "invalid access to packet",
		What:    "Reads the middle byte of a string that was checked as a whole.",
		Why:     "That n/2 is less than n is not known, so the checked pointer does not help.",
		Instead: "Compare the pointer with the packet's end again before each access.",
		Cases:   []Case{tx("\x05abcde", 'c'), tx("\x01z", 'z'), pass("\x00abc"), pass("\x05abcd"), pass("")},
	}, {
		Name: "offsetsum", Class: packets, Run: offsetsum.Run,
		Message: "invalid access to packet",
		What:    "Skips two options, each with a length of 16 bits, checking the end each time.",
		Why:     "A pointer whose variable offset may exceed 65,535 can no longer be checked at all: the sum of two lengths does, as far as the verifier knows.",
		Instead: "Mask each length to a few bits, or check an offset in an integer and load through a helper.",
		Cases: []Case{
			tx("\x02\x00xx\x00\x00A", 'A'), tx("\x00\x00\x01\x00yB-", 'B'), pass("\xff\xff\xff\xff"), pass("\x02\x00xx\x00\x00"), pass("\x02\x00xx\x00"), pass("\x01\x00"), pass(""),
		},
	}, {
		Name: "gcd", Class: loops, Run: gcd.Run,
		Message: "infinite loop detected",
		What:    "Finds the greatest common divisor of two numbers.",
		Why:     "Euclid's algorithm ends because a remainder is smaller than the divisor, which is a proof about numbers; the verifier sees the same abstract state twice.",
		Instead: "Bound the loop by a number that is hoped to suffice, and give up after it.",
		Cases:   []Case{tx(le32(48)+le32(36), 12), tx(le32(0)+le32(5), 5), tx(le32(7)+le32(0), 7), tx(le32(0)+le32(0), 0), tx(le32(1836311903)+le32(1134903170), 1), pass("1234567")},
	}, {
		Name: "itoa", Class: loops, Run: itoa.Run,
		Message: "invalid write to stack",
		What:    "Writes a number in decimal into a buffer of ten digits.",
		Why:     "That dividing a 32-bit number by ten reaches zero after ten steps is not known, so an eleventh digit seems possible.",
		Instead: "A loop of constant length that does nothing in most of its steps.",
		Cases: []Case{
			{le32(0), xdp.TX, strings.Repeat("\x00", 9) + "0"}, {le32(1<<32 - 1), xdp.TX, "4294967295"},
			{le32(100200), xdp.TX, "\x00\x00\x00\x00100200"}, pass("123"),
		},
	}, {
		Name: "sumall", Class: loops, Run: sumall.Run,
		Message: "The sequence of 8193 jumps is too complex",
		What:    "Adds up all bytes of a packet.",
		Why:     "The loop ends at the packet's end; each step leaves one more path to follow, and the verifier keeps at most 8,192.",
		Instead: "Cap the loop below the largest packet, or move its body to a bpf_loop callback.",
		Cases:   []Case{tx(strings.Repeat("\x01", 1500), 1500), tx(strings.Repeat("\xff", 3000), 765000), tx("", 0)},
	}, {
		Name: "strsearch", Class: complexity, Run: strsearch.Run,
		Message: "The sequence of 8193 jumps is too complex",
		What:    "Finds a word of up to 16 bytes in the first 1,000.",
		Why:     "All loops are bounded by constants, but their product is too much to walk through.",
		Instead: "Split the program with tail calls, or search less.",
		Cases: []Case{
			tx("\x06needle----------"+strings.Repeat("ne", 450)+"needle", 900), tx("\x01a---------------abc", 0),
			tx("\x10"+count('a', 16)+strings.Repeat("ab", 499)+"a"+count('a', 16), 999), pass("\x10" + count('a', 16) + strings.Repeat("ab", 500) + count('a', 16)),
			pass("\x06needle----------needl"), pass("\x00needle----------n"), pass("\x11needle----------n"), pass("\x01n"),
		},
	}, {
		Name: "rounds", Class: complexity, Run: rounds.Run,
		Message: "BPF program is too large. Processed 1000001 insn",
		What:    "Checks a cookie that costs 40,000 rounds of mixing: shifts and additions only.",
		Why:     "There is nothing to prove about it, but each of its instructions is walked through, and a million is the limit.",
		Instead: "Less work, or a chain of tail calls that carries its state in a map.",
		Cases:   []Case{tx(count(1, 16), 3693541991), pass(count(1, 15))},
	}, {
		Name: "bigstack", Class: stack, Run: bigstack.Run,
		Message: "combined stack size of 2 calls is 640. Too large",
		What:    "Has two buffers of 320 bytes in two functions.",
		Why:     "All frames of a call chain share 512 bytes.",
		Instead: "Keep buffers in a per-CPU array, and look that up.",
		Cases:   []Case{tx(count(1, 16), 639350080), pass("short")},
	}, {
		Name: "callchain", Class: stack, Run: callchain.Run,
		Message: "the call stack of 9 frames is too deep",
		What:    "Goes through nine layers that each call the next one.",
		Why:     "At most eight frames may be nested.",
		Instead: "Inline by hand, or by attribute.",
		Cases:   []Case{tx(le32(7), 50860), pass("123")},
	}, {
		Name: "recursion", Class: stack, Run: recursion.Run,
		Message: "the call stack of 9 frames is too deep",
		What:    "Measures the depth of a tree that a packet describes, recursively.",
		Why:     "The depth is at most that of the input's 32 bytes, but recursion is not possible beyond eight frames.",
		Instead: "An explicit stack with a bounded loop, in a map.",
		Cases: []Case{
			tx("\x02\x01\x00\x00"+strings.Repeat("\x00", 28), 3), tx(strings.Repeat("\x01", 32), 32), tx(strings.Repeat("\xff", 32), 32), tx(strings.Repeat("\x00", 32), 1), pass(strings.Repeat("\x01", 31)),
		},
	}, {
		Name: "funcptr", Class: stack, Run: funcptr.Run,
		Message: "unknown opcode 8d",
		What:    "Calls one of two functions through a variable.",
		Why:     "There is no indirect call in BPF.",
		Instead: "A chain of comparisons, or tail calls.",
		Cases:   []Case{tx("+\x02\x03", 5), tx("-\x09\x04", 5), pass("+\x01")},
	}, {
		Name: "globalfn", Class: stack, Run: globalfn.Run,
		Message: "invalid mem access 'scalar'",
		What:    "Gives a function a pointer to a struct of two pointers, the start and the end of a payload.",
		Why:     "A global function is verified alone, and the pointers in a struct are then mere numbers.",
		Instead: "Make everything static, so that it is verified again at each call.",
		Cases:   []Case{tx("Q", 'Q'), tx("", 0)},
	}, {
		Name: "twolocks", Class: locks, Run: twolocks.Run,
		Message: "function calls are not allowed while holding a lock",
		What:    "Transfers between two accounts while both are locked.",
		Why:     "Only one lock may be held, even where an order excludes deadlock.",
		Instead: "One lock for all, or an intermediate state that others can see.",
		Cases:   []Case{tx("\x00\x01\x1e", 30), tx("\x00\x01\x0c", 42), tx("\x01\x02\x2a", 42), pass("\x01\x00\x01"), pass("\x00\x09\x01"), pass("\x00\x01")},
	}, {
		Name: "lockcall", Class: locks, Run: lockcall.Run,
		Message: "function calls are not allowed while holding a lock",
		What:    "Reads the clock under a lock, in a token bucket.",
		Why:     "No helper may be called under a lock, not even one that only reads a clock.",
		Instead: "Read the clock before, and cope with times that go backwards.",
		Cases:   []Case{pass(""), pass(""), {"", xdp.Drop, ""}, {"", xdp.Drop, ""}},
	}, {
		Name: "nilarray", Class: memory, Run: nilarray.Run,
		Message: "invalid mem access 'map_value_or_null'",
		What:    "Counts in element 0 of an array.",
		Why:     "A look-up may fail, so each result must be compared with NULL, even where it always succeeds.",
		Instead: "Write the comparison and invent what happens in the other case.",
		Cases:   []Case{tx("", 1), tx("", 2), tx("", 3)},
	}, {
		Name: "ptrinmap", Class: memory, Run: ptrinmap.Run,
		Message: "invalid mem access 'scalar'",
		What:    "Makes a linked list out of a pool of nodes.",
		Why:     "A pointer that is stored in a map is a number when it comes back. There is no other memory to build a list in.",
		Instead: "Indices in place of pointers, each checked on each use.",
		Cases:   []Case{tx(count(1, 16), 333612088), pass(count(1, 15))},
	}, {
		Name: "slices", Class: memory, Run: slices.Run,
		Message: "invalid mem access 'scalar'",
		What:    "Splits a line at its commas into an array of pointers, and takes the field that a byte names.",
		Why:     "An array of pointers on the stack may be read only at constant places; read at a variable one, they are numbers.",
		Instead: "Keep offsets, add them to the packet's start, and check again.",
		Cases:   []Case{tx("\x01ab,cd,ef", 'c'), tx("\x00ab,cd,ef", 'a'), tx("\x02,,z,,,,,", 'z'), pass("\x03ab,cd,ef"), pass("\x01a,,b1234"), pass("\x08,,,,,,,,"), pass("\x09,,,,,,,,"), pass("\x00ab")},
	},
}
