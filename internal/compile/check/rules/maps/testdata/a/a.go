package a

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/tracepoint"
	"github.com/rex-go/rex/xdp"
)

const size = 1 << 4

type Key struct {
	Addr [4]byte
	Port uint16
	Zero [2]uint8
}

type Value struct {
	Packets, Bytes uint64
	Last           uint32 // padding is allowed in values
}

type padded struct {
	a uint8
	b uint32
}

type tail struct {
	a uint32
	b uint8
}

type nested struct {
	p [2]tail
}

type linked struct {
	next *linked
}

type named struct {
	id   uint32
	name string
}

var (
	good      = rex.NewHash[Key, Value](size * 2)
	array     = rex.NewArray[uint64](1)
	perCPU    = rex.NewPerCPUHash[uint32, [4]uint64](1 << 26)
	perCPU2   = rex.NewPerCPUArray[Value](256)
	one, two  = rex.NewArray[bool](1), (rex.NewArray[uintptr](1))
	underscor = rex.NewHash[[16]byte, struct{ X int32 }](64)
)

var (
	lru    = rex.NewLRUHash[Key, Value](size)
	lru2   = rex.NewLRUPerCPUHash[Key, Value](size)
	routes = rex.NewLPMTrie[[4]byte, Value](size)
	odd    = rex.NewLPMTrie[struct{ A [5]byte }, Value](size)
	queue  = rex.NewQueue[Value](size)
	stack  = rex.NewStack[Value](size)
	bloom  = rex.NewBloomFilter[Key](size)
)

var hostOrder = rex.NewLPMTrie[uint32, Value](1)    // want REX0304 `numbers in this machine's byte order`
var longAddr = rex.NewLPMTrie[[257]byte, uint64](1) // want REX0305 `has 257 bytes`
var refAddr = rex.NewLPMTrie[*byte, uint64](1)      // want REX0303 `it is a pointer`
var refQueue = rex.NewQueue[string](1)              // want REX0303 `it is a string`
var refStack = rex.NewStack[[]byte](1)              // want REX0303 `it is a slice`
var padBloom = rex.NewBloomFilter[padded](1)        // want REX0304 `padding before .b`

var dynamic = rex.NewArray[uint64](len(other)) // want REX0302 `must be a constant`
var other = []int{1}
var zero = rex.NewArray[uint64](0)         // want REX0302 `is 0, outside`
var negative = rex.NewArray[uint64](-1)    // want REX0302 `is -1`
var huge = rex.NewArray[uint64](1<<26 + 1) // want REX0302 `outside 1 to 67108864`

var refKey = rex.NewHash[*int, uint64](1)       // want REX0303 `it is a pointer`
var strKey = rex.NewHash[string, uint64](1)     // want REX0303 `it is a string`
var ifaceKey = rex.NewHash[any, uint64](1)      // want REX0303 `it is an interface`
var refVal = rex.NewHash[uint32, linked](1)     // want REX0303 `.next is a pointer`
var strVal = rex.NewArray[[2]named](1)          // want REX0303 `\[\].name is a string`
var sliceVal = rex.NewArray[[]byte](1)          // want REX0303 `it is a slice`
var funcVal = rex.NewArray[func()](1)           // want REX0303 `it is a function`
var mapVal = rex.NewArray[map[int]int](1)       // want REX0303 `it is a Go map`
var padKey = rex.NewHash[padded, uint64](1)     // want REX0304 `3 bytes of padding before .b`
var tailKey = rex.NewHash[tail, uint64](1)      // want REX0304 `3 bytes of padding at its end`
var nestedKey = rex.NewHash[nested, uint64](1)  // want REX0304 `at the end of .p\[\]`
var floatKey = rex.NewHash[float64, uint64](1)  // want REX0304 `is floating-point`
var bigKey = rex.NewHash[[513]byte, uint64](1)  // want REX0305 `513 bytes`
var noKey = rex.NewHash[struct{}, uint64](1)    // want REX0305 `0 bytes`
var noVal = rex.NewArray[[0]int](1)             // want REX0305 `0 bytes`
var bigVal = rex.NewArray[[1<<20 + 1]byte](1)   // want REX0305 `outside 1 to 1048576`
var bigCPU = rex.NewPerCPUArray[[32769]byte](1) // want REX0305 `outside 1 to 32768`

var aMapNameThatIsTooLong = rex.NewArray[uint64](1) // want REX0306 `longer than 15`
var größe = rex.NewArray[uint64](1)                 // want REX0306 `characters other than`
var _ = rex.NewArray[uint64](1)                     // want REX0306 `needs a name`

var inStruct = struct{ m *rex.Array[int] }{rex.NewArray[int](1)} // want REX0301 `outside the initialiser`
var constructor = rex.NewArray[int]                              // want REX0301 `outside`

func local() {
	m := rex.NewArray[int](1) // want REX0301 `rex.NewArray is used outside`
	_ = m
}

func assigned(p **rex.Array[uint64]) {
	array = nil                                   // want REX0307 `map variable array is assigned to`
	one, two = nil, nil                           // want REX0307 `one is assigned` REX0307 `two is assigned`
	for _, array = range []*rex.Array[uint64]{} { // want REX0307 `array is assigned`
	}
	_ = &array // want REX0307 `address of map variable array`
	*p = nil
}

type wrapped rex.Array[uint64] // want REX0307 `is used for a value`

type holder struct {
	byValue rex.Hash[Key, Value] // want REX0307 `is used for a value`
	pointer *rex.Hash[Key, Value]
	list    []*rex.Array[uint64]
	ctx     *xdp.Context
}

func copied(ctx *xdp.Context) {
	_ = *array                          // want REX0307 `is copied`
	_ = *ctx                            // want REX0307 `a value of type xdp.Context is copied`
	_ = new(rex.Array[uint64])          // want REX0307 `is used for a value`
	_ = &rex.Array[uint64]{}            // want REX0307 `is used for a value`
	var c xdp.Context                   // want REX0307 `is used for a value`
	c.Data()                            // want REX0307 `is copied`
	_ = (*rex.Array[[4096]byte])(array) // want REX0307 `conversion to`
	deref(array)                        // want REX0307 `is copied`
	pass(array)                         // want REX0307 `as a type argument`
	_ = cast[*rex.Array[[9]byte]](array)
}

func pass[T any](p *T) {}

func deref[T any](p *T) T { return *p }

func cast[Q interface{ *rex.Array[[9]byte] }, P interface{ *rex.Array[uint64] }](p P) Q {
	return Q(p) // want REX0307 `conversion to Q`
}

// Allowed: passing map variables around.

var alias = array

func bump(m *rex.Array[uint64], h *holder) {
	h.pointer = good
	h.list = append(h.list, m, alias, array)
	if n := m.Lookup(0); n != nil {
		*n++
	}
	var none *rex.Array[uint64] = (*rex.Array[uint64])(nil)
	_ = none == m
	array := 1
	array = 2
	_ = &array
}

func contexts(ctx *kprobe.Context, tp *tracepoint.Context[Value]) {
	var r kprobe.ReturnContext         // want REX0307 `is used for a value`
	_ = new(tracepoint.Context[Value]) // want REX0307 `is used for a value`
	_ = (*kprobe.ReturnContext)(ctx)   // want REX0307 `contexts keep their types`
	_ = tp.Record().Last
	r.Return() // want REX0307 `is copied`
}

type locked struct {
	Lock rex.SpinLock
	N    uint32
}

var (
	lockHash  = rex.NewHash[uint32, locked](1)
	lockArray = rex.NewArray[struct{ inner [1]locked }](1)
	ring      = rex.NewRingBuf(1 << 16)
	perfTab   = rex.NewPerfEventArray[uint64]()
	countTab  = rex.NewPerfCounters()
	devTab    = rex.NewDevMap(8)
	cpuTab    = rex.NewCPUMap()
	stackTab  = rex.NewStackTrace(1000)
)

var lockKey = rex.NewHash[locked, uint32](1)      // want REX0310 `map key type locked has a lock`
var lockLRU = rex.NewLRUHash[uint32, locked](1)   // want REX0310 `of a LRUHash has a lock`
var lockCPU = rex.NewPerCPUArray[locked](1)       // want REX0310 `of a PerCPUArray has a lock`
var twoLocks = rex.NewArray[[2]locked](1)         // want REX0310 `has 2 locks`
var oddRing = rex.NewRingBuf(5000)                // want REX0302 `5000, not a power of two`
var badSocks = rex.NewXSKMap(-1)                  // want REX0302 `is -1, outside 1`
var refSamples = rex.NewPerfEventArray[*uint32]() // want REX0303 `holds a reference`
var noStacks = rex.NewStackTrace(0)               // want REX0302 `is 0, outside 1`
var smallRing = rex.NewRingBuf(2048)              // want REX0302 `2048, not a power of two from 4096`
