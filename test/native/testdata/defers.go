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
	}
}
