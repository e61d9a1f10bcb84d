package main

var n = 5
var big uint64 = 1 << 63
var u8 uint8 = 200
var neg = -1

type T struct {
	a, b int
	p    *T
	arr  [4]int
}

//go:noinline
func slice() []int { return make([]int, 3, 4) }

//go:noinline
func arr(p *[4]int, i int) int { return p[i] }

//go:noinline
func field(p *T) int { return p.b }

//go:noinline
func fieldAddr(p *T) *int { return &p.b }

//go:noinline
func str() string { return "abc" }

func cases() []func() {
	return []func(){
		func() { println(slice()[n]) },
		func() { println(slice()[neg]) },
		func() { println(slice()[big]) },
		func() { println(slice()[u8]) },
		func() { slice()[3] = 1 },
		func() { println(str()[n]) },
		func() { println(str()[neg]) },
		func() { println(str()[1:n]) },
		func() { println(str()[n:]) },
		func() { println(str()[neg:]) },
		func() { println(str()[:neg]) },
		func() { println(str()[2 : n-4]) },
		func() { println(len(slice()[:4]), cap(slice()[1:4])) },
		func() { println(len(slice()[:n])) },
		func() { println(len(slice()[n:])) },
		func() { println(len(slice()[4:])) },
		func() { println(len(slice()[neg:])) },
		func() { println(len(slice()[:neg])) },
		func() { println(len(slice()[:big])) },
		func() { println(len(slice()[big:])) },
		func() { println(len(slice()[3 : 2+neg])) },
		func() { println(len(slice()[0:1:n])) },
		func() { println(len(slice()[0:n:4])) },
		func() { println(len(slice()[n-2 : n-3 : 4])) },
		func() { println(len(slice()[0:1:neg])) },
		func() { println(len(slice()[0:neg:2])) },
		func() { println(len(slice()[neg:1:2])) },
		func() { println(len(slice()[0:1:big])) },
		func() { println(len(slice()[0:big:1])) },
		func() { println(len(slice()[big:1:1])) },
		func() { var a [4]int; println(arr(&a, n)) },
		func() { println(arr(nil, 1)) },
		func() { var a [4]int; println(a[n]) },
		func() { a := [4]int{1, 2, 3, 4}; println(len(a[:n])) },
		func() { a := [4]int{1, 2, 3, 4}; println(len(a[n:])) },
		func() { a := [4]int{1, 2, 3, 4}; println(len(a[0:1:n])) },
		func() { println(field(nil)) },
		func() { println(fieldAddr(nil) == nil) },
		func() { var t T; println(t.p.p.b) },
		func() { var t T; t.p.arr[n-4] = 7 },
		func() { var p *int; *p = n },
		func() { p := (*[4]int)(slice()); println(p[0]) },
		func() { p := (*[3]int)(slice()); println(len(p), p[2]) },
		func() { p := [4]int(slice()); println(p[0]) },
		func() { p := [2]int(slice()[1:]); println(p[0]) },
		func() { var s []int; p := (*[0]int)(s); println(p == nil) },
		func() { println(len(make([]int, neg))) },
		func() { println(len(make([]int, 2, n-4))) },
		func() { println(len(make([]int, big))) },
		func() { var f func(); f() },
		func() {
			var p *[4]int
			println(len(p))
			for i := range p {
				println(i)
			}
		},
		func() {
			var p *[4]int
			for i, x := range p {
				println(i, x)
			}
		},
		func() { var p *[4]int; println(len(p[:])) },
	}
}
