package reach

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/compile/ssabuild/testdata/reach/lib"
	"github.com/rex-go/rex/xdp"
)

var hits = rex.NewArray[uint64](1)

var used = []int{1, 2}
var unusedValue = []int{3}
var effect = direct(1)

type shape interface{ area() int }

type circle struct{ r int }

func (c circle) area() int { return c.r }

type square struct{ s int }

func (s *square) area() int { return s.s }

type unboxed struct{}

func (unboxed) area() int { return 0 }

type embeds struct{ *square }

func (embeds) hidden() {}

type textError struct{}

func (*textError) Error() string { return "text" }

func direct(n int) int { return n + 1 }

func unused() {}

func taken(n int) int { return n }

func otherSignature(string) {}

func generic[T any](x T) T { return x }

func even(n int) bool { return n == 0 || odd(n-1) }

func odd(n int) bool { return n != 0 && even(n-1) }

func self(n int) int {
	if n == 0 {
		return 0
	}
	return self(n-1) + 1
}

func total(shapes ...shape) (n int) {
	for _, s := range shapes {
		n += s.area()
	}
	return n
}

func apply(f func(int) int, n int) int { return f(n) }

//rex:xdp
func Main(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	n := func() int { return direct(len(b)) }() // called where it is made
	n += generic(n) + total(circle{1}, &square{2}) + self(n)
	n += apply(taken, n) + apply(func(x int) int { return x + n }, 1)
	embeds{}.hidden()
	unboxed := unboxed{}
	_ = unboxed
	area := circle{3}.area
	n += area()
	if even(n) {
		n += used[0] + lib.Table[1] + effect
	}
	if len(b) > 2 && binary.BigEndian.Uint16(b) > 1 {
		panic(&textError{})
	}
	if hits.Lookup(uint32(n)) != nil {
		return xdp.Drop
	}
	return xdp.Pass
}
