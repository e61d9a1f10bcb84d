package main

// When operands are evaluated, and when they panic.

type in struct {
	z   int
	arr [4]int
	s   []int
	big [3]string
}

type T struct {
	a, b int
	x    in
	arr  [4]int
	p    *T
	m    map[string]int
	s    []int
	i    any
	far  [1 << 16]byte
	end  int
}

var (
	nine  = 9
	minus = -1
)

//go:noinline
func none() *T { return nil }

//go:noinline
func get() *T { println("get"); return nil }

//go:noinline
func f(n int) int { println("f", n); return n }

//go:noinline
func g() (int, int) { println("g"); return 1, 2 }

//go:noinline
func str() string { println("str"); return "s" }

//go:noinline
func h() []int { println("h"); return make([]int, 2) }

func cases() []func() {
	return []func(){
		func() { nilp := none(); nilp.arr[nine] = f(1) },
		func() { nilp := none(); nilp.arr[1] = f(2) },
		func() { nilp := none(); nilp.b = f(3) },
		func() { nilp := none(); nilp.x.z = f(4) },
		func() { nilp := none(); nilp.x.arr[f(5)] = f(6) },
		func() { nilp := none(); nilp.end = f(7) },
		func() { get().a = f(8) },
		func() { get().x.arr[f(2)] = f(9) },
		func() { var t T; t.arr[nine] = f(10) },
		func() { t := &T{}; t.arr[nine] = f(11); println(t) },
		func() { s := h(); s[nine] = f(12) },
		func() { h()[f(5)] = f(13) },
		func() { var s []int; s[0] = f(14) },
		func() { t := &T{}; t.p.b = f(16) },
		func() { t := &T{}; t.p.arr[f(9)] = f(17) },
		func() { var m map[string]int; m[str()] = f(18) },
		func() { t := &T{}; t.s[f(1)] = f(21) },
		func() { nilp := none(); nilp.a, nilp.b = g() },
		func() { nilp := none(); t := &T{}; t.a, nilp.b = g(); println(t.a) },
		func() { t := &T{}; t.a, t.arr[f(nine)] = f(22), f(23) },
		func() { t := &T{}; t.arr[nine] += f(28) },
		func() { nilp := none(); nilp.b++ },
		func() { nilp := none(); nilp.i = f(29) },
		func() { nilp := none(); nilp.x = in{z: f(30)} },
		func() { nilp := none(); nilp.arr = [4]int{f(31)} },
		func() { nilp := none(); nilp.x.big[2] = str() },
		func() { nilp := none(); *nilp = T{a: f(32)} },
		func() { var p *int; *p = f(33) },
		func() { var p *[4]int; p[f(1)] = f(34) },
		func() { var p *[4]int; p[nine] = f(35) },
		func() { nilp := none(); println(f(38), nilp.b) },
		func() { nilp := none(); p := &nilp.b; f(42); *p = 1 },
		func() { nilp := none(); p := &nilp.arr[1]; f(43); *p = 1 },
		func() { nilp := none(); s := nilp.arr[:]; f(44); println(len(s)) },
		func() { s := h(); p := &s[nine]; f(45); *p = 1 },
		func() {
			nilp := none()
			for nilp.b = range 3 {
				f(46)
			}
		},
		func() {
			nilp := none()
			for i, nilp.arr[1] = range h() {
				f(47)
			}
		},
		func() {
			nilp := none()
			if nilp.b = f(48); nine > 0 {
				f(49)
			}
		},
		func() { t := &T{}; t.p.s = append(t.s, f(51)) },
		func() { nilp := none(); nilp.b, _ = g() },
		func() { nilp := none(); x, ok := nilp.i.(int); println(x, ok, f(52)) },
		func() { nilp := none(); var a any = "x"; nilp.b, _ = a.(int); f(53) },
		func() { nilp := none(); var m map[string]int; nilp.b = m[str()] },
		func() { nilp := none(); nilp.b = nilp.a },
		func() { nilp := none(); nilp.arr[f(1)] = h()[f(5)] },
	}
}

var i int
