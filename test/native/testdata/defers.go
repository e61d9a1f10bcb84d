package main

var log []string

//go:noinline
func d1() (r int) {
	defer func() { r *= 2 }()
	r = 4
	return r + 1
}

//go:noinline
func d2(n int) {
	for i := range n {
		defer println("loop", i)
	}
	println("end d2")
}

//go:noinline
func d3(a bool) {
	if a {
		defer println("a")
	} else {
		defer println("not a")
	}
	defer println("last", a)
	x := 5
	defer println("x", x)
	x = 6
	println("end d3", x)
}

type res struct{ name string }

func (r *res) close()        { println("close", r.name) }
func (r res) closeVal(k int) { println("closeVal", r.name, k) }

type closer interface{ close() }

//go:noinline
func d4(c closer, f func(int)) {
	defer c.close()
	defer f(3)
	r := res{"v"}
	defer r.closeVal(1)
	r.name = "changed"
	defer r.close()
	for {
		if len(r.name) > 2 {
			return
		}
	}
}

//go:noinline
func d5() string {
	s := []int{1, 2, 3}
	t := make([]int, 3)
	defer func(a []int) { println(a[0], t[2], s[1]) }(s)
	copy(t, s)
	s[1] = 50
	return "d5"
}

func d6() {
	defer println("never printed: a panic runs no user code")
	var p *int
	*p = 1
}

type wide struct {
	a, b, c, d, e int
	s             string
}

func d7(w wide) {
	defer func(x wide) { println(x.a, x.e, x.s) }(w)
	w.a = 100
}

func upTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i * 3) {
				return
			}
		}
	}
}

// fuel is how often d8's calls go round.
var fuel = 10

// d8 has deferred calls of a loop that call by pointer, once LLVM has put all of
// them into one function.
//
//go:noinline
func d8(n int) {
	for range n & 3 {
		defer func(b bool) {
			for i := range upTo(6) {
				_ = i
				if fuel--; fuel < 0 {
					break
				}
			}
		}(n > 3)
	}
}

func cases() []func() {
	return []func(){
		func() { println(d1()) },
		func() { d2(3); d2(0) },
		func() { d3(true); d3(false) },
		func() { d4(&res{"iface"}, func(i int) { println("f", i) }) },
		func() { println(d5()) },
		func() { d7(wide{1, 2, 3, 4, 5, "w"}) },
		func() {
			var f func()
			defer func() { println("after") }()
			f = func() { println("f ran") }
			defer f()
		},
		func() { d8(3); println(fuel) },
	}
}
