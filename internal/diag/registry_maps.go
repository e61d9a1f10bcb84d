// SPDX-License-Identifier: Apache-2.0

package diag

const goodMap = "var hits = rex.NewHash[uint32, uint64](1024)\n"

var mapEntries = []Entry{
	{
		Code:  MapConstructor,
		Title: "map constructor out of place",
		Why:   "User space creates the maps before the extension runs, from what the compiler finds in package-level variables. A constructor does nothing at run time.",
		Bad:   "func count() {\n\thits := rex.NewHash[uint32, uint64](1024)\n\t_ = hits\n}\n",
		Way:   "Declare a package-level variable.",
		Good:  goodMap,
	},
	{
		Code:  MapMaxEntries,
		Title: "wrong number of map entries",
		Why:   "The size of a map is fixed when it is created: a constant from 1 to 67108864, for a ring buffer a number of bytes that is a power of two from 4096 on.",
		Bad:   "var hits = rex.NewHash[uint32, uint64](0)\n",
		Way:   "Give a positive constant.",
		Good:  goodMap,
	},
	{
		Code:  MapReference,
		Title: "map key or value that holds a reference",
		Why:   "What a map holds outlives the invocation and is read and written by user space. A pointer, slice, string, map, channel, function or interface in it would point to memory that is gone, or anywhere.",
		Bad:   "var names = rex.NewHash[uint32, string](1024)\n",
		Way:   "Use numbers, booleans, fixed-size arrays and structs of these.",
		Good:  "var names = rex.NewHash[uint32, [16]byte](1024)\n",
	},
	{
		Code:  MapKey,
		Title: "map key whose bytes are not its value",
		Why:   "The kernel compares keys byte by byte, and the values of a Bloom filter too. Padding between fields has no defined bytes, so equal keys could differ. The addresses of a trie are compared bit by bit from their first byte on, so they are in network order: bytes and byte arrays.",
		Bad:   "type Flow struct {\n\tAddr uint32\n\tPort uint16\n}\n\nvar flows = rex.NewHash[Flow, uint64](1024)\n",
		Way:   "Fill the gap with a named field.",
		Good:  "type Flow struct {\n\tAddr uint32\n\tPort uint16\n\tZero uint16\n}\n\nvar flows = rex.NewHash[Flow, uint64](1024)\n",
	},
	{
		Code:  MapSize,
		Title: "map key or value of a wrong size",
		Why:   "Keys have 1 to 512 bytes, values 1 byte to 1 MiB, in per-CPU maps 32 KiB.",
		Bad:   "var pages = rex.NewPerCPUArray[[65536]byte](1)\n",
		Way:   "Spread the data over several entries.",
		Good:  "var pages = rex.NewPerCPUArray[[4096]byte](16)\n",
	},
	{
		Code:  MapName,
		Title: "wrong map name",
		Why:   "The variable's name is the BPF map's name, which has at most 15 letters, digits and underscores and is unique in the extension.",
		Bad:   "var packetsPerProtocol = rex.NewArray[uint64](256)\n",
		Way:   "Rename the variable.",
		Good:  "var perProtocol = rex.NewArray[uint64](256)\n",
	},
	{
		Code:  MapVariable,
		Title: "map variable or context used as a value",
		Why:   "A map variable stands for a descriptor that is fixed when the extension is linked, a context for a struct of the kernel. Neither can be assigned to, copied, made or converted; pointers to them can be passed around.",
		Bad:   "var hits = rex.NewHash[uint32, uint64](1024)\n\nfunc drop() { hits = nil }\n",
		Way:   "Declare one variable for each map and pass it as it is.",
		Good:  "var hits = rex.NewHash[uint32, uint64](1024)\n\nfunc bump(m *rex.Hash[uint32, uint64], k uint32) {\n\tif n := m.Lookup(k); n != nil {\n\t\t*n++\n\t}\n}\n\nfunc count() { bump(hits, 1) }\n",
	},
	{
		Code:  TooManyMaps,
		Title: "too many maps",
		Why:   "The table of an extension's maps has a fixed size.",
		Way:   "Put values into one struct, or split the extension.",
		Shell: "$ rex check ./filter\nfilter/filter.go:1:9: package example.com/m/filter has 65 maps, more than 64 [REX0308]\n",
	},
	{
		Code:  LockCopy,
		Title: "lock copied by value",
		Why:   "A lock that is copied is another lock: it protects nothing. One that is overwritten while another CPU holds it, or user space waits for it, is lost for ever.",
		Bad:   "type Account struct {\n\tLock    rex.SpinLock\n\tBalance uint64\n}\n\nvar accounts = rex.NewHash[uint32, Account](64)\n\nfunc reset(a *Account) { *a = Account{} }\n",
		Way:   "Assign to the other fields, and pass pointers.",
		Good:  "type Account struct {\n\tLock    rex.SpinLock\n\tBalance uint64\n}\n\nvar accounts = rex.NewHash[uint32, Account](64)\n\nfunc reset(a *Account) {\n\trex.Locked(&a.Lock, func() { a.Balance = 0 })\n}\n",
	},
	{
		Code:  LockPlace,
		Title: "lock in the wrong place",
		Why:   "The kernel knows of one lock in a value of a Hash or an Array and leaves it alone when it copies values. In other maps values are copied with all their bytes, or every CPU has its own.",
		Bad:   "type Account struct {\n\tLock    rex.SpinLock\n\tBalance uint64\n}\n\nvar accounts = rex.NewLRUHash[uint32, Account](64)\n",
		Way:   "Use a Hash or an Array, and one lock for each value.",
		Good:  "type Account struct {\n\tLock    rex.SpinLock\n\tBalance uint64\n}\n\nvar accounts = rex.NewHash[uint32, Account](64)\n",
	},
}
