package main

import (
	"errors"
	"strings"
)

const (
	big  = 1 << 100
	c1   = big >> 98
	c2   = iota
	c3   = "a" + "b"
	r    = 'x' - 1
	huge = len([1 << 20]int{})
)

type S struct {
	a [3]int
	b struct{ c []string }
	f func(...int) (int, error)
}

func (s S) val() int   { return s.a[1] }
func (s *S) ptr() *int { return &s.a[2] }

type I interface {
	val() int
	comparable() bool
}

func variadic(xs ...any) int { return len(xs) }

func ops(a, b int, u uint8, s string) {
	println(a<<u, a>>b, u<<7>>7, ^a&^b, -a%b, min(a, b, 3), max(s, "x"))
	println(s[a:b], s[:len(s)] == s)
}

func places() {
	var s S
	p := &s
	(*p).a[len(p.a)-1]++
	*p.ptr() -= 3
	f, g := s.val, (*S).ptr
	println(f(), *g(p), S.val(s))
	x, y := []int{5: 1, 2, 0: 3}, [...]string{2: "a", "b"}
	x[0], x[1], p = x[1], x[0], nil
	x, y[0] = append(x[:1:1], x...), y[3]
	copy(x[1:], x)
	clear(x)
	m := map[[2]any]*S{{1, "a"}: {}, {nil, 2}: nil}
	m[[2]any{1, "a"}].a[0]++
	delete(m, [2]any{})
	if v, ok := m[[2]any{nil, 2}]; !ok || v == nil {
		println(ok)
	}
	var e error = errors.Join(errors.New("a"), nil)
	println(errors.Is(e, e), strings.Repeat("a", 3), variadic(), variadic(nil), variadic([]any{1}...))
	q := (*[2]int)(x)
	z := [1]int(x)
	println(q[1], z[0], *(&z) == z, any(z) == any(z))
	_, _ = any(s.f).(func()), any(p).(interface{ val() int })
	var n struct{ x, y *struct{ z int } }
	println(n.x.z)
}
