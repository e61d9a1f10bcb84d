package main

type shape interface {
	area() int
	name() string
}

type square struct{ s int }
type rect struct{ w, h int }
type circle int
type blob struct {
	a, b, c, d, e int
	s             string
}

func (s square) area() int    { return s.s * s.s }
func (square) name() string   { return "square" }
func (r *rect) area() int     { return r.w * r.h }
func (*rect) name() string    { return "rect" }
func (c circle) area() int    { return 3 * int(c) * int(c) }
func (c circle) name() string { return "circle" }
func (b blob) area() int      { return b.a + b.e }
func (b blob) name() string   { return b.s }

type namer interface{ name() string }

type myErr struct{ code int }

func (e *myErr) Error() string { return "myErr" + string(rune('0'+e.code)) }

type strErr string

func (s strErr) Error() string { return "strErr:" + string(s) }

//go:noinline
func fail(i int) error {
	switch i {
	case 0:
		return nil
	case 1:
		return &myErr{i}
	}
	return strErr("x")
}

//go:noinline
func kind(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case int:
		if v > 3 {
			return "int>3"
		}
		return "int"
	case string:
		return "string " + v
	case []int:
		return "slice"
	case error:
		return "error " + v.Error()
	case shape:
		return "shape " + v.name()
	case func() int:
		return "func"
	case *int, *string:
		return "pointer"
	case blobA:
		return "blobA"
	}
	return "other"
}

type blobA [3]int

type uncmp struct{ f []int }

type E int
type N string
type St struct{ a, b int }
type Str struct{ s string }

func (s Str) String() string { return "Str:" + s.s }

type wrapper struct {
	shape
	k int
}

func cases() []func() {
	return []func(){
		func() {
			shapes := []shape{square{3}, &rect{2, 5}, circle(2), blob{a: 1, e: 2, s: "blob"}, wrapper{square{4}, 1}, &wrapper{circle(1), 2}}
			t := 0
			for _, s := range shapes {
				t += s.area()
				println(s.name(), s.area())
			}
			println(t)
			var n namer = shapes[0]
			println(n.name())
			_, ok := n.(shape)
			_, ok2 := n.(error)
			println(ok, ok2)
			f := shapes[1].area
			println(f())
			g := shape.area
			println(g(shapes[2]))
		},
		func() {
			x := 7
			for _, v := range []any{nil, 1, 5, "s", []int{1}, fail(1), fail(2), square{1}, func() int { return 1 }, &x, blobA{1}, uint8(3)} {
				println(kind(v))
			}
		},
		func() {
			var a, b any = 1, 1
			println(a == b, a == any(2), a == any("x"), a != nil)
			a, b = "x", "x"
			println(a == b)
			a, b = blob{s: "q"}, blob{s: "q"}
			println(a == b)
			p := &rect{}
			var s1, s2 shape = p, p
			println(s1 == s2, s1 == shape(&rect{}), s1 == p)
			a = circle(3)
			println(a == circle(3), a == 3)
			e := fail(2)
			println(e == strErr("x"), e == strErr("y"), fail(1) == fail(1), fail(0) == nil)
			println(struct{ a any }{1} == struct{ a any }{1}, [2]any{1, "x"} == [2]any{1, "y"})
		},
		func() { var a, b any = []int{1}, []int{1}; println(a == b) },
		func() { var a, b any = uncmp{}, uncmp{}; println(a == b) },
		func() { var a, b any = uncmp{}, 1; println(a == b) },
		func() { var s shape; println(s.area()) },
		func() { var a any = 5; println(a.(string)) },
		func() { var a any; println(a.(string)) },
		func() { var a any = 5; println(a.(shape).area()) },
		func() { var a any; println(a.(shape).area()) },
		func() { var s namer = square{2}; println(s.(circle)) },
		func() { var s namer; println(s.(shape).area()) },
		func() { var e error = &myErr{2}; println(e.(shape).area()) },
		func() { s, ok := any(5).(string); println(s == "", ok) },
		func() { b, ok := any(5).(blob); println(b.s == "", ok) },
		func() { b, ok := any(blob{s: "k", e: 4}).(blob); println(b.s, b.e, ok) },
		func() { p, ok := any(nil).(*rect); println(p == nil, ok) },
		func() { panic("text") },
		func() { panic(5) },
		func() { panic(uint8(200)) },
		func() { panic(true) },
		func() { panic(fail(1)) },
		func() { panic(&myErr{3}) },
		func() { panic(E(7)) },
		func() { panic(N("nn")) },
		func() { panic(St{1, 2}) },
		func() { panic(Str{"q"}) },
		func() { var x any = "dyn"; f(x) },
		func() { var x any = E(3); f(x) },
		func() { f(fail(2)) },
		func() { f(int64(-3)) },
		func() { var s shape; g := s.area; println(g == nil) },
		func() { var w wrapper; println(w.area()) },
		func() { var p *square; var s shape = p; println(s.area()) },
	}
}

//go:noinline
func f(x any) { panic(x) }
