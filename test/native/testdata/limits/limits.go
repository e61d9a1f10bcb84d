package main

var x, limit uint64 = 0, 1 << 62

//go:noinline
func helper(i uint64) uint64 { return i ^ x }

func self(n int) int { return self(n+1) + n }

func even(n int) int {
	var a [32]int
	a[n&31] = n
	return odd(n+1) + a[(n+1)&31]
}

func odd(n int) int { return even(n+1) * 2 }

type visitor interface{ visit(n int) int }
type deep struct{ v visitor }

func (d deep) visit(n int) int { return d.v.visit(n+1) + 1 }

type loop struct{}

func (loop) visit(n int) int { return deep{loop{}}.visit(n) + 1 }

func tree(n int) uint64 {
	if n == 0 {
		return x
	}
	return tree(n-1) + tree(n-1)
}

func twice0() uint64 { x++; return x }

//go:noinline
func big(n int) int {
	var a [1000]int
	for i := range a {
		a[i] = i * n
	}
	return a[n]
}

type wide struct{ a [60]int }

//go:noinline
func wideValue(w wide, n int) wide {
	w.a[n%60] += n
	return w
}

func cases() []func() {
	return []func(){
		func() {
			for {
			}
		},
		func() {
			for {
				x++
			}
		},
		func() {
			for i := uint64(0); i < limit; i++ {
				x += helper(i)
			}
		},
		func() {
			for i := uint64(0); i < 1<<20; i++ {
				for j := uint64(0); j < 1<<20; j++ {
					for k := uint64(0); k < 1<<20; k++ {
						x ^= i * j * k
					}
				}
			}
		},
		func() {
		again:
			if x < limit {
				x |= 1
				goto again
			}
		},
		func() {
			for range func(yield func(int) bool) {
				for yield(1) {
				}
			} {
				x++
			}
		},
		func() { println(tree(60)) },
		func() { println(self(1)) },
		func() { println(even(1)) },
		func() { println(deep{loop{}}.visit(1)) },
		func() {
			var f func(int) int
			f = func(n int) int { return f(n+1) + 1 }
			println(f(1))
		},
		func() {
			var s []int
			for {
				s = append(s, len(s))
			}
		},
		func() { println(len(make([]int, 1<<40+int(x)))) },
		func() { println(len(make([]byte, 1<<20+int(x)))) },
		func() { println(len(make([]byte, 1<<20-4096+int(x)))) },
		func() { println(big(3) + big(4)) },
		func() {
			var w wide
			for i := range 2000 {
				w = wideValue(w, i)
			}
			println(w.a[7])
		},
		func() {
			// A variable that does not outlive its iteration takes no memory.
			t := 0
			for i := range 100000 {
				p := &struct{ a, b int }{i, 1}
				add := func(q *int) { t += *q }
				add(&p.a)
				b := []int{i, i + 1, i + 2}
				t += b[i%3]
			}
			println(t)
		},
		func() {
			t := 0
			for i := range 5000 {
				var a [300]int
				b := make([]byte, 3000)
				a[i%300], b[i%3000] = i, 1
				c := a
				t += c[i%300] + int(b[i%3000]) + c[(i+1)%300]
			}
			println(t)
		},
	}
}
