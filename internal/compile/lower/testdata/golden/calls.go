package p

import "github.com/rex-go/rex/xdp"

type shape interface{ area() int }
type square struct{ side int }
type line int

func (s square) area() int { return s.side * s.side }
func (l line) area() int   { return 0 }

func total(list ...shape) (sum int, ok bool) {
	for _, s := range list {
		sum += s.area()
	}
	return sum, sum > 0
}

func apply(f func(int) int, x int) int { return f(x) }

func deferred(n *int) {
	defer func() { *n = 7 }()
	if *n > 3 {
		defer apply(double, 4)
	}
}

func double(x int) int { return 2 * x }

func sum[T int | uint8](xs []T) (t T) {
	for _, x := range xs {
		t += x
	}
	return t
}

//rex:xdp
func Entry(ctx *xdp.Context) xdp.Action {
	n, ok := total(square{3}, line(2))
	if !ok {
		panic("no area")
	}
	deferred(&n)
	return xdp.Action(apply(func(x int) int { return x + n }, sum([]int{1, 2})))
}
