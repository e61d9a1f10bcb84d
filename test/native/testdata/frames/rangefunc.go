// SPDX-License-Identifier: Apache-2.0

package main

import "iter"

func three(yield func(int) bool) {
	for i := range 3 {
		if !yield(i) {
			return
		}
	}
}

func bad(yield func(int) bool) {
	var p *int
	yield(*p)
}

func again(yield func(int) bool) {
	yield(1)
	yield(2)
}

var kept func(int) bool

func keep(yield func(int) bool) { kept = yield }

func wrap(s iter.Seq[int]) iter.Seq[int] {
	return func(yield func(int) bool) {
		for v := range s {
			if !yield(v) {
				return
			}
		}
	}
}

var zero int

func cases() []func() {
	return []func(){
		func() {
			for v := range three {
				println(1 / (v - 1))
			}
		},
		func() {
			for v := range bad {
				println(v)
			}
		},
		func() {
			for range again {
				println("x")
				break
			}
		},
		func() {
			for v := range keep {
				println(v)
			}
			kept(1)
		},
		func() {
			for v := range wrap(wrap(three)) {
				println(1 / (v - 1))
			}
		},
		func() {
			for v := range three {
				for w := range three {
					println(1 / (v + w - 3))
				}
			}
		},
		func() {
			for v := range three {

				for w := range again {
					println(v, w)
					break
				}
			}
		},
		func() {
			var f func(func(int) bool)
			for v := range f {

				println(v)
			}
		},
		func() {
			for v := range three {
				println(v)
				if v == 1 {
					println(1 / zero)
				}
			}
		},
		func() {
			for v := range three {
				defer func() { println(1 / zero) }()
				if v == 0 {
					return
				}
			}
		},
		func() { println(named(1)) },
		func() { println(named(0)) },
		func() { exit(1) },
		func() { exit(2) },
		func() { exit(3) },
		func() { exit(4) },
		func() { exit(5) },
		func() { exit(0) },
		func() {
			for v := range keep {
				println(v)
				break
			}
			kept(1)
		},
		func() {
			for range reenter {
				if kept != nil {
					f := kept
					f(3)
				}
			}
		},
		func() {
			for v := range first {
				println(v)
				break
			}
			kept(1)
		},
		func() {
			for v := range method(3).
				all {
				println(1 / v)
			}
		},
		func() {
			for v := range method(3).
				itself().
				all {
				println(1 / v)
			}
		},
		func() {
		L:
			for v := range three {
				for w := range first {
					println(v, w)
					if v == 1 {
						break L
					}
					continue L
				}
			}
			kept(1)
		},
		func() { outer(1) },
		func() { early(2) },
		func() { many(1) },
		func() { many(2) },
		func() { many(3) },
	}
}

type method int

func (m method) itself() method { return m }
func (m method) all(yield func(int) bool) {
	for i := range int(m) {
		if !yield(i) {
			return
		}
	}
}

func first(yield func(int) bool) {
	kept = yield
	yield(1)
}

func reenter(yield func(int) bool) {
	kept = yield
	yield(1)
}

func named(n int) (r int) {
	defer func() {
		println(1 / zero)
	}()
	for v := range three {
		if v == n {
			return 7

		}
	}

	return 8

}

func exit(n int) {
	println("exit", n)
	for v := range three {
		defer func() {
			if v == n {
				println(1 / zero)
			}
		}()
		if n == 1 && v == 1 {
			return
		}
		if n == 2 && v == 2 {
			break
		}
		if n == 3 {
			continue
		}
		if n == 4 {
			goto L
		}
		if n == 5 {
			panic(v)
		}
	}
	if n == 0 {
		return

	}
L:
	println("end")

}

func outer(n int) {
	defer func() { println(1 / zero) }()
outer:
	for {
		for v := range three {
			if v == n {
				break outer
			}
		}
	}
	println("left")
	return

}

func early(n int) {
	for i := range n {
		defer func() { println(1 / zero) }()
		if i == 0 {
			return
		}
	}

}

func many(n int) int {
	defer func() { println(n / zero) }()
	defer func() { n++ }()
	defer func() { n++ }()
	defer func() { n++ }()
	defer func() { n++ }()
	defer func() { n++ }()
	if n == 1 {
		return 1
	}
	if n == 2 {
		return 2
	}
	return 3

}
