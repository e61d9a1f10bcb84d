package main

type point struct{ x, y int }

type inner struct {
	a uint8
	b uint32
	c [3]uint16
}

type outer struct {
	in   inner
	name string
	p    *point
	ok   bool
	arr  [2]inner
}

func (p point) add(q point) point { return point{p.x + q.x, p.y + q.y} }
func (p *point) move(d int)       { p.x += d; p.y += d }

type embedded struct {
	point
	*inner
	n int
}

//go:noinline
func mk(i int) outer {
	return outer{in: inner{uint8(i), uint32(i) * 3, [3]uint16{1, 2, uint16(i)}}, name: "n", p: &point{i, i}, ok: i&1 == 1}
}

//go:noinline
func same[T comparable](a, b T) bool { return a == b }

//go:noinline
func at(a [5]int, i int) int { return a[i] }

//go:noinline
func set(a [5]int, i int) [5]int { a[i] = 99; return a }

type list struct {
	next *list
	v    int
}

type stack[T any] struct{ items []T }

func (s *stack[T]) push(x T) { s.items = append(s.items, x) }
func (s *stack[T]) pop() (T, bool) {
	var zero T
	if len(s.items) == 0 {
		return zero, false
	}
	x := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return x, true
}

func mapSlice[T, U any](s []T, f func(T) U) []U {
	var r []U
	for _, x := range s {
		r = append(r, f(x))
	}
	return r
}

type number interface{ ~int | ~int32 | ~uint8 }

func sum[T number](xs ...T) (t T) {
	for _, x := range xs {
		t += x
	}
	return
}

type myInt int

var global inner
var table = [4]string{"zero", "one", "two", "three"}

func cases() []func() {
	return []func(){
		func() {
			a, b := mk(3), mk(3)
			println(a == b, a.in == b.in, a.arr == b.arr, a.name == b.name)
			b.p = a.p
			println(a == b)
			b.arr[1].c[2] = 5
			println(a == b, a.arr[1] == b.arr[1])
			c := b
			c.in.b++
			println(c.in.b, b.in.b, c.in.c[2], len(c.name))
			global = c.in
			global.c[1] = 7
			println(global.b, global.c[1])
		},
		func() {
			p := point{1, 2}
			p.move(3)
			q := p.add(point{10, 20})
			println(p.x, p.y, q.x, q.y)
			f := p.add
			p.x = 1000
			r := f(point{1, 1})
			println(r.x, r.y)
			g := (*point).move
			g(&p, 1)
			h := point.add
			println(h(p, p).x)
			m := p.move
			m(5)
			println(p.x, p.y)
		},
		func() {
			e := embedded{point{1, 2}, &inner{a: 7}, 3}
			e.move(1)
			println(e.x, e.y, e.a, e.n, e.add(point{1, 1}).y)
			e.inner = nil
			println(e.a)
		},
		func() {
			a := [5]int{1, 2, 3, 4, 5}
			b := set(a, 2)
			println(at(a, 2), at(b, 2), a == b, a == [5]int{1, 2, 3, 4, 5})
			c := &a
			for i := range c {
				c[i] *= 2
			}
			println(a[4], at(*c, 0))
			var e [0]int
			println(len(e), same(e, [0]int{}), same([1]string{"a"}, [1]string{"a"}))
			println(same([3]string{"a", "b", "c"}, [3]string{"a", "b", "d"}), same([2]point{{1, 2}, {3, 4}}, [2]point{{1, 2}, {3, 4}}))
			println(same([20]string{19: "x"}, [20]string{19: "x"}), same([20]string{19: "x"}, [20]string{19: "y"}))
			println(same(struct{}{}, struct{}{}))
		},
		func() {
			var head *list
			for i := range 5 {
				head = &list{head, i}
			}
			for l := head; l != nil; l = l.next {
				println(l.v)
			}
		},
		func() {
			var s stack[string]
			s.push("a")
			s.push("b")
			x, ok := s.pop()
			println(x, ok)
			x, ok = s.pop()
			x, ok = s.pop()
			println(x == "", ok)
			var ps stack[point]
			ps.push(point{1, 2})
			p, _ := ps.pop()
			println(p.x, p.y)
			r := mapSlice([]int{1, 2, 3}, func(i int) string { return table[i] })
			println(len(r), r[0], r[2])
			println(sum(1, 2, 3), sum[uint8](200, 100), sum[myInt](5, 6))
		},
		func() {
			type big struct {
				a [100]int
				s string
			}
			var x, y big
			x.a[50] = 1
			y = x
			y.a[50]++
			println(x.a[50], y.a[50], x == y)
			z := []big{x, y}
			z[0], z[1] = z[1], z[0]
			println(z[0].a[50], z[1].a[50])
			w := x
			for i := range 3 {
				w, x = x, w
				x.a[50] += i
			}
			println(w.a[50], x.a[50])
		},
		func() {
			x := 1
			p := &x
			pp := &p
			**pp = 5
			println(x, *p == **pp, p == *pp)
			b := [2]bool{true, false}
			b[1] = !b[0]
			println(b[0], b[1], b == [2]bool{true, false})
			t := struct {
				a int8
				b int64
				c bool
			}{1, 2, true}
			u := t
			u.c = false
			println(t == u, t.b == u.b)
			const c = 1 << 40
			var i interface{ M() } = nil
			println(c>>38, i == nil)
		},
	}
}
