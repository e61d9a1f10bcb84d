package main

var n = 10

//go:noinline
func sw(x int) string {
	switch {
	case x < 0:
		return "neg"
	case x == 0:
		return "zero"
	}
	switch x {
	case 1, 2, 3:
		return "small"
	case 4:
		fallthrough
	case 5:
		return "mid"
	default:
		return "big"
	}
}

//go:noinline
func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func ackermann(m, n int) int {
	if m == 0 {
		return n + 1
	}
	if n == 0 {
		return ackermann(m-1, 1)
	}
	return ackermann(m-1, ackermann(m, n-1))
}

//go:noinline
func multi(a int) (x, y int, s string, err error, b bool) {
	return a, a * 2, "s", nil, a > 3
}

type pair struct {
	a, b int
	s    string
	t    []int
}

//go:noinline
func bigResult(i int) (pair, int, pair) {
	return pair{i, i + 1, "x", []int{i}}, 7, pair{a: i * 2}
}

//go:noinline
func swapPairs(p, q pair, k int) (pair, pair) {
	for range k {
		p, q = q, p
	}
	return p, q
}

func forever() {
	for {
		n++
	}
}

func recurse(i int) int {
	if i < 0 {
		return 0
	}
	return recurse(i+1) + i
}

//go:noinline
func variadic(pre string, xs ...int) int {
	t := len(pre)
	for _, x := range xs {
		t += x
	}
	return t
}

func cases() []func() {
	return []func(){
		func() {
			for i := -1; i < 8; i++ {
				println(i, sw(i))
			}
		},
		func() {
			println(fib(15))
			println(ackermann(2, 3))
			x, y, s, err, b := multi(4)
			println(x, y, s, err == nil, b)
			p, k, q := bigResult(3)
			println(p.a, p.b, p.s, len(p.t), k, q.a, q.s == "")
			p, q = swapPairs(p, q, 3)
			println(p.a, q.a, q.s)
		},
		func() {
		outer:
			for i := range 5 {
				for j := range 5 {
					if j == 3 {
						continue outer
					}
					if i == 3 {
						break outer
					}
					println(i, j)
				}
			}
		},
		func() {
			i := 0
		loop:
			if i < 3 {
				println("goto", i)
				i++
				goto loop
			}
		},
		func() {
			for i, r := range "aé世\xff\U0001F600z" {
				println(i, r)
			}
			for i := range "abc" {
				println(i)
			}
			for range "xy" {
				println("-")
			}
			for i, x := range [3]int{5, 6, 7} {
				println(i, x)
			}
			for i, x := range []string{"p", "q"} {
				println(i, x)
			}
			var fs []func() int
			for i := 0; i < 3; i++ {
				fs = append(fs, func() int { i += 10; return i })
			}
			for _, f := range fs {
				println(f(), f())
			}
		},
		func() {
			println(variadic("ab"), variadic("a", 1, 2, 3), variadic("", []int{4, 5}...))
		},
		forever2,
		func() {
			x := 0
			for i := uint8(250); i >= 250; i++ {
				x++
			}
			println(x)
			var total int
			for i := 0; i < 1000; i++ {
				for j := i; j < 1000; j += 7 {
					total += i ^ j
				}
			}
			println(total)
		},
	}
}

func forever2() { println("no loop") }
