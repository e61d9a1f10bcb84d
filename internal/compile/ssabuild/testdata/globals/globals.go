package globals

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

// Variables that hold references.

type entry struct {
	name string
	fn   func(int) int
	n    int
	tags []string
}

func double(x int) int { return 2 * x }

var (
	ErrShort = errors.New("short")
	ErrWrap  = wrapped{ErrShort, 1}
	names    = [...]string{"a", "b"}
	table    = []entry{{"a", double, 0, nil}, {"b", func(x int) int { return x + 1 }, 0, []string{"t"}}, {"c", sumTo, 0, nil}}
	config   = struct {
		name  string
		limit int
	}{"c", 3}
	list                        = &node{nil, 1}
	scratch                     = make([]byte, 64)
	prefix                      = []byte("GET ")
	grid                        = [][]int{{1, 2}, {3}}
	counter                     = newCounter()
	shape   interface{ grow() } = &square{}
	pointer atomic.Pointer[node]
	hook    func()
	number  = &total
)

// Variables that hold none.

var (
	total   uint64
	buffer  [64]byte
	matrix  [4]struct{ a, b int }
	running atomic.Uint32
)

var hits = rex.NewHash[uint32, uint64](16)
var alias = hits

type node struct {
	next *node
	n    int
}

type wrapped struct {
	err error
	n   int
}

func (w wrapped) Error() string { return w.err.Error() }

type square struct{ side int }

func (s *square) grow() { s.side++ } // want REX0402 `store through package-level variable shape`

// newCounter runs in initialisation only: it may write.
func newCounter() func() int {
	n := 0
	n++
	return func() int {
		n++ // want REX0402 `store through a variable that a package initialiser's closure captured`
		return n
	}
}

// sumTo is in a variable, but no initialiser calls it: what its loop's body, a
// closure, captures is the invocation's own.
func sumTo(x int) (sum int) {
	for i := range upTo(x) {
		sum += i
	}
	return sum
}

func upTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

func init() {
	table[0].n = 7
	scratch = append(scratch, 1)
	fill(scratch)
}

func fill(b []byte) {
	b[0] = 1 // want REX0402 `store through package-level variable scratch`
}

func direct() {
	ErrShort = nil                         // want REX0402 `store to package-level variable ErrShort`
	names[0] = "x"                         // want REX0402 `store to package-level variable names`
	config.name = "y"                      // want REX0402 `store to package-level variable config`
	config.limit++                         // want REX0402 `store to package-level variable config`
	hook = func() {}                       // want REX0402 `store to package-level variable hook`
	table = nil                            // want REX0402 `store to package-level variable table`
	table[0].n = 1                         // want REX0402 `store through package-level variable table`
	table[1].tags[0] = "u"                 // want REX0402 `store through package-level variable table`
	list.n = 2                             // want REX0402 `store through package-level variable list`
	list.next = &node{}                    // want REX0402 `store through package-level variable list`
	list.next.next = nil                   // want REX0402 `store through package-level variable list`
	*number = 1                            // want REX0402 `store through package-level variable number`
	scratch[0]++                           // want REX0402 `store through package-level variable scratch`
	scratch[1:][3] = 1                     // want REX0402 `store through package-level variable scratch`
	_ = append(scratch[:0], 1)             // want REX0402 `append through package-level variable scratch`
	copy(scratch, prefix)                  // want REX0402 `copy through package-level variable scratch`
	clear(scratch)                         // want REX0402 `clear through package-level variable scratch`
	pointer.Store(nil)                     // want REX0402 `call of sync/atomic.StorePointer through package-level variable pointer`
	binary.BigEndian.PutUint16(scratch, 1) // want REX0402 `store through package-level variable scratch.*PutUint16`
}

type cursor struct {
	rest []int
	e    *entry
}

func (c *cursor) advance() { c.rest = c.rest[1:] }

func (c *cursor) spoil() {
	c.rest[0] = 9 // want REX0402 `store through package-level variable grid`
	c.e.n = 1     // want REX0402 `store through package-level variable table`
}

func pick(i int) *entry { return &table[i] }

func two() (int, []int) { return 1, grid[0] }

func modify(f func(*entry)) {
	for i := range table {
		f(&table[i])
	}
}

func derived(any2 any) {
	pick(1).n = 2 // want REX0402 `store through package-level variable table`
	_, g := two()
	g[0] = 1 // want REX0402 `store through package-level variable grid`
	c := &cursor{rest: grid[1], e: pick(0)}
	c.advance()
	keep(c)
	c.spoil()
	modify(func(e *entry) {
		e.n++ // want REX0402 `store through package-level variable table`
	})
	for _, row := range grid {
		row[0] = 0 // want REX0402 `store through package-level variable grid`
	}
	shape.grow()
	counter()
	var box any = list
	if n, ok := box.(*node); ok {
		n.n = 3 // want REX0402 `store through package-level variable list`
	}
	p := list
	q := &p
	(*q).n = 4 // want REX0402 `store through package-level variable list`
	defer func() {
		p.n = 5 // want REX0402 `store through package-level variable list`
	}()
	slices.Reverse(grid)        // want REX0402 `Reverse`
	defer copy(scratch, prefix) // want REX0402 `copy through`
}

//go:noinline
func keep(c *cursor) {}

// Allowed: reading, copying, and changing what holds no references.

func errs(n int) error {
	if n > 1 {
		return ErrShort
	}
	return ErrWrap
}

func allowed(b []byte) int {
	n := 0
	for i, e := range table {
		n += e.fn(i) + len(e.name) + len(e.tags)
		e.n = 5 // a copy
		e.name = names[i]
	}
	if err := errs(len(b)); err != nil && err != ErrShort {
		n += len(err.Error())
	}
	if bytes.HasPrefix(b, prefix) || strings.HasPrefix(config.name, "c") {
		n++
	}
	own := slices.Clone(names[:])
	own[0] = "mine"
	local := table[0]
	local.n = 3
	for p := list; p != nil; p = p.next {
		n += p.n
	}
	b[0] = prefix[0]
	copy(b, prefix)
	total++
	atomic.AddUint64(&total, 1)
	running.Add(1)
	buffer[3] = b[0]
	copy(buffer[:], b)
	matrix[1].a = n
	if v := alias.Lookup(1); v != nil {
		*v = total
	}
	hits.Update(1, *number)
	if pointer.Load() != nil {
		n++
	}
	write := func(to []byte) { to[0] = 1 }
	write(b)
	write(buffer[:])
	return n
}

//rex:xdp
func Main(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	if len(b) < 4 {
		return xdp.Drop
	}
	direct()
	derived(nil)
	fill(scratch)
	rex.Log(rex.LevelInfo, names[allowed(b)&1])
	return xdp.Pass
}
