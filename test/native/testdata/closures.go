package main

//go:noinline
func adder() (func(int) int, func() int) {
	sum := 0
	return func(x int) int { sum += x; return sum }, func() int { return sum }
}

//go:noinline
func apply(f func(int) int, x int) int { return f(x) }

func double(x int) int { return 2 * x }

type op func(a, b int) int

func (o op) run() int { return o(6, 3) }

type acc struct{ n int }

func (a *acc) add(d int) int { a.n += d; return a.n }

//go:noinline
func each(s []int, f func(int) bool) {
	for _, x := range s {
		if !f(x) {
			return
		}
	}
}

func seq(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func seq2(s []string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for i, x := range s {
			if !yield(i, x) {
				return
			}
		}
	}
}

func find(n int) int {
	for i := range seq(100) {
		if i*i > n {
			return i
		}
	}
	return -1
}

func nested() (r int) {
outer:
	for i := range seq(5) {
		for j := range seq(5) {
			if j == 3 {
				continue outer
			}
			if i == 3 {
				break outer
			}
			r += i*10 + j
		}
	}
	return
}

func deferInRange() {
	for i := range seq(3) {
		defer println("deferred", i)
	}
	println("body done")
}

var ops = map3{double, func(x int) int { return x + 1 }, nil}

type map3 [3]func(int) int

type state struct {
	f func(state) int
	n int
	m [3]int
}

func cases() []func() {
	return []func(){
		func() {
			add, get := adder()
			add(5)
			add(7)
			println(get(), apply(add, 10), apply(double, 21))
			println(op(func(a, b int) int { return a - b }).run())
			a := acc{1}
			f := a.add
			f(4)
			println(apply(a.add, 5))
			println(a.n)
			g := (*acc).add
			println(g(&a, 1))
		},
		func() {
			t := 0
			each([]int{1, 2, 3, 4}, func(x int) bool { t += x; return x < 3 })
			println(t)
			println(find(50), nested())
			for i, s := range seq2([]string{"a", "b", "c"}) {
				if i == 2 {
					break
				}
				println(i, s)
			}
			deferInRange()
		},
		func() {
			println(ops[0](4), ops[1](4))
			ops2 := ops
			println(ops2[0] == nil, ops2[2] == nil)
			println(ops2[2](1))
		},
		func() {
			var rec func(int) int
			rec = func(n int) int {
				if n == 0 {
					return 0
				}
				return n + rec(n-1)
			}
			println(rec(10))
			s := state{n: 3}
			s.f = func(t state) int { return t.n*100 + t.m[2] }
			s.m[2] = 9
			println(s.f(s))
			func() {
				s.n = 8
			}()
			println(s.n)
			x := 1
			func(y int) { x += y }(41)
			println(x)
		},
	}
}
