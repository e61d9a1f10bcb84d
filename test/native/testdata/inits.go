package main

type kv struct {
	k string
	v int
}

type node struct {
	name string
	kids []*node
	f    func(int) int
	any  any
	arr  [3]uint16
}

type opErr struct{ op string }

func (e *opErr) Error() string { return "op " + e.op }

func newErr(s string) error { return &opErr{s} }

func compute(n int) int {
	calls++
	if n < 2 {
		return n
	}
	return compute(n-1) + compute(n-2)
}

func mutate() int {
	counter = 70
	return 1
}

var calls int
var a = 5
var b = a * 2
var c = compute(10)
var counter = 7
var effect = mutate()
var afterEffect = counter
var primes = []int{2, 3, 5, 7, 11}
var names = [...]string{2: "two", 0: "zero"}
var pairs = []kv{{"a", 1}, {"b", b}, {"c", c}}
var matrix = [2][3]int8{{1, 2, 3}, {-4, -5, -6}}
var tree = &node{name: "root", kids: []*node{{name: "kid", any: 3}, {name: "kid2", any: "s", arr: [3]uint16{1, 2, 3}}}, f: double, any: kv{"x", 9}}
var err1, err2 = newErr("one"), newErr("two")
var bytes = []byte("hello")
var sub = primes[1:3]
var ptr = &primes[2]
var self = [2]*int{&a, ptr}
var fns = [...]func(int) int{double, func(x int) int { return x + a }}
var flags = [4]bool{1: true, 3: true}
var empty struct{}
var iface any = tree
var x, y = two()
var big = [100]kv{50: {"fifty", 50}}
var s struct {
	in struct{ p, q int32 }
	t  string
}
var lit = map1{"q", [2]kv{{"w", 1}, {"e", 2}}}

type map1 struct {
	n string
	l [2]kv
}

func two() (int, string) { return 4, "four" }
func double(x int) int   { return 2 * x }

func init() {
	s.in.q = 12
	a++
}

func init() {
	s.in.p = s.in.q * 2
}

func cases() []func() {
	return []func(){
		func() { println(calls, a, b, c, counter, effect, afterEffect) },
		func() {
			println(len(primes), cap(primes), primes[4], names[0], names[1], names[2], len(names))
			for _, p := range pairs {
				println(p.k, p.v)
			}
			println(matrix[1][2], matrix[0][0], tree.name, len(tree.kids), tree.kids[1].name, tree.kids[1].arr[2], tree.f(4))
			println(tree.kids[0].any.(int), tree.kids[1].any.(string), tree.any.(kv).v, tree.kids[0].f == nil)
			println(err1.Error(), err2.Error(), err1 == err2, string(bytes), len(bytes), cap(bytes))
			println(len(sub), cap(sub), sub[1], *ptr, *self[0], *self[1], fns[0](1), fns[1](1))
			println(flags[0], flags[1], flags[3], iface.(*node).name, x, y, big[50].k, big[49].k == "", big[50].v)
			println(s.in.p, s.in.q, s.t == "", lit.n, lit.l[1].k)
		},
		func() { println(primes[len(primes)+a]) },
	}
}
