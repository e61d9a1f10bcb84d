// SPDX-License-Identifier: Apache-2.0

package diag

var referenceEntries = []Entry{
	{
		Code:  ViewReference,
		Title: "view of a type that holds a reference",
		Why:   "Bytes from a packet would become a pointer.",
		Bad:   "type Header struct{ Name string }\n\nfunc name(b []byte) string {\n\tif h, ok := rex.View[Header](b); ok {\n\t\treturn h.Name\n\t}\n\treturn \"\"\n}\n",
		Way:   "Use numbers, fixed-size arrays and structs of these.",
		Good:  "type Header struct{ Name [8]byte }\n\nfunc name(b []byte) byte {\n\tif h, ok := rex.View[Header](b); ok {\n\t\treturn h.Name[0]\n\t}\n\treturn 0\n}\n",
	},
	{
		Code:  ReadOnlyGlobal,
		Title: "store to a package-level variable that holds references",
		Why:   "An invocation's memory is gone when it ends, and other CPUs run the same program. A package-level variable that held a pointer into it would dangle. Such variables are set by their initialisers, once, and are read-only afterwards, with all that they lead to.",
		Bad:   "var last string\n\n//rex:xdp\nfunc Filter(ctx *xdp.Context) xdp.Action {\n\tlast = string(ctx.Data())\n\treturn xdp.Pass\n}\n",
		Way:   "Keep numbers and fixed-size arrays in package-level variables, or use a map variable.",
		Good:  "var last [4]byte\n\n//rex:xdp\nfunc Filter(ctx *xdp.Context) xdp.Action {\n\tcopy(last[:], ctx.Data())\n\treturn xdp.Pass\n}\n",
	},
	{
		Code:  ViewAlignment,
		Title: "view of a type that is not byte-aligned",
		Why:   "Packet bytes may start at any address, and Go accesses a uint32 only at a multiple of four.",
		Bad:   "type Header struct{ Seq uint32 }\n\nfunc seq(b []byte) uint32 {\n\tif h, ok := rex.View[Header](b); ok {\n\t\treturn h.Seq\n\t}\n\treturn 0\n}\n",
		Way:   "Use bytes, byte arrays, and the big-endian types of package packet.",
		Good:  "import \"encoding/binary\"\n\ntype Header struct{ Seq [4]byte }\n\nfunc seq(b []byte) uint32 {\n\tif h, ok := rex.View[Header](b); ok {\n\t\treturn binary.BigEndian.Uint32(h.Seq[:])\n\t}\n\treturn 0\n}\n",
	},
	{
		Code:  ViewPadding,
		Title: "padding in what user space will read",
		Why:   "The bytes of padding between fields have no defined contents; a record of a ring buffer shows them to user space.",
		Bad:   "var events = rex.NewRingBuf(4096)\n\ntype Event struct {\n\tPort uint16\n\tAddr uint32\n}\n\nfunc send() {\n\tif r := rex.Reserve[Event](events); r != nil {\n\t\tr.Submit()\n\t}\n}\n",
		Way:   "Fill the gap with a named field.",
		Good:  "var events = rex.NewRingBuf(4096)\n\ntype Event struct {\n\tPort, Zero uint16\n\tAddr       uint32\n}\n\nfunc send() {\n\tif r := rex.Reserve[Event](events); r != nil {\n\t\tr.Submit()\n\t}\n}\n",
	},
	{
		Code:  StaleSlice,
		Title: "packet slice from before the packet was moved",
		Why:   "Calls that insert or remove bytes, make the packet's bytes its own, or send copies may give the packet other memory. A slice from before shows the old bytes, and what is written to it may be lost. Slices are followed through variables, fields, array elements, closures and calls. It is no memory error: the old bytes stay until the invocation ends, also where a slice is not followed.",
		Bad:   "//rex:xdp\nfunc Grow(ctx *xdp.Context) xdp.Action {\n\tb := ctx.Data()\n\tif ctx.AdjustHead(-4) != nil || len(b) == 0 {\n\t\treturn xdp.Drop\n\t}\n\tb[0] = 1\n\treturn xdp.Pass\n}\n",
		Way:   "Take a new slice after the call, or use the slice before it.",
		Good:  "//rex:xdp\nfunc Grow(ctx *xdp.Context) xdp.Action {\n\tif ctx.AdjustHead(-4) != nil {\n\t\treturn xdp.Drop\n\t}\n\tif b := ctx.Data(); len(b) > 0 {\n\t\tb[0] = 1\n\t}\n\treturn xdp.Pass\n}\n",
	},
	{
		Code:  DeletedEntry,
		Title: "pointer to a map entry that is deleted",
		Why:   "After Delete the memory of an entry may be that of another one at once: what is read through a pointer from before belongs to another key, perhaps, and what is written changes that. It is no memory error: the memory stays one of the map's values as long as the program runs, also where the pointer is not followed (through variables of its type, closures and calls of other functions).",
		Bad:   "var flows = rex.NewHash[uint32, uint64](1024)\n\n//rex:xdp\nfunc End(ctx *xdp.Context) xdp.Action {\n\tn := flows.Lookup(7)\n\tif n == nil || flows.Delete(7) != nil || *n == 0 {\n\t\treturn xdp.Drop\n\t}\n\treturn xdp.Pass\n}\n",
		Way:   "Copy the value before the call, or look the entry up again.",
		Good:  "var flows = rex.NewHash[uint32, uint64](1024)\n\n//rex:xdp\nfunc End(ctx *xdp.Context) xdp.Action {\n\tp := flows.Lookup(7)\n\tif p == nil {\n\t\treturn xdp.Drop\n\t}\n\tn := *p\n\tif flows.Delete(7) != nil || n == 0 {\n\t\treturn xdp.Drop\n\t}\n\treturn xdp.Pass\n}\n",
	},
}

var wholeEntries = []Entry{
	{
		Code:  FunctionNoBody,
		Title: "function that extensions do not have",
		Why:   "The program reaches a function of the standard library, perhaps through several others, that needs an operating system, a scheduler or reflection. The position is that of the call in your code.",
		Bad:   "import (\n\t\"encoding/binary\"\n\t\"io\"\n)\n\n//rex:xdp\nfunc Filter(ctx *xdp.Context) xdp.Action {\n\tbinary.Write(io.Discard, binary.BigEndian, uint32(1))\n\treturn xdp.Pass\n}\n",
		Way:   "Use another function of the same package.",
		Good:  "import \"encoding/binary\"\n\n//rex:xdp\nfunc Filter(ctx *xdp.Context) xdp.Action {\n\tvar b [4]byte\n\tbinary.BigEndian.PutUint32(b[:], 1)\n\treturn xdp.Pass\n}\n",
	},
	{
		Code:  Unsupported,
		Title: "construct that is not supported yet",
		Why:   "The language allows it, but the compiler cannot translate it yet. The message names it. What it replaces by instructions, as the functions of sync/atomic, cannot be a function value; the names that package kernel resolves for each kernel must be constants.",
		Bad:   "import (\n\t\"sync/atomic\"\n\n\t\"github.com/rex-go/rex/kernel\"\n)\n\nvar n uint32\n\nfunc apply(f func(*uint32, uint32) uint32) uint32 { return f(&n, 1) }\n\nfunc offset(field string) uintptr { return kernel.Offset(\"task_struct\", field) }\n\n//rex:xdp\nfunc Filter(ctx *xdp.Context) xdp.Action {\n\tif apply(atomic.AddUint32) > 100 || offset(\"pid\") == 0 {\n\t\treturn xdp.Drop\n\t}\n\treturn xdp.Pass\n}\n",
		Way:   "Write it with simpler means: a function literal around the call; constant names.",
		Good:  "import (\n\t\"sync/atomic\"\n\n\t\"github.com/rex-go/rex/kernel\"\n)\n\nvar n uint32\n\nfunc apply(f func(*uint32, uint32) uint32) uint32 { return f(&n, 1) }\n\nfunc pidOffset() uintptr { return kernel.Offset(\"task_struct\", \"pid\") }\n\n//rex:xdp\nfunc Filter(ctx *xdp.Context) xdp.Action {\n\tadd := func(p *uint32, n uint32) uint32 { return atomic.AddUint32(p, n) }\n\tif apply(add) > 100 || pidOffset() == 0 {\n\t\treturn xdp.Drop\n\t}\n\treturn xdp.Pass\n}\n",
	},
	{
		Code:  Internal,
		Title: "mistake of the compiler",
		Why:   "The compiler met something that it should have refused or translated. It stops instead of making an object that may be wrong. No source is known to give it: what is found is mended. The position is that of the statement, or of the function, that it was about.",
		Shell: "$ rex build ./filter\nfilter/filter.go:23:9: internal error: add of i32 and i64 [REX0602]\n",
		Way:   "Please report it with the function that the position is in. Until it is mended, write that statement in another way.",
	},
}
