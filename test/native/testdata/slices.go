package main

//go:noinline
func grow(s []int, n int) []int {
	for i := range n {
		s = append(s, i)
	}
	return s
}

type big struct {
	a, b, c int
	s       string
}

func cases() []func() {
	return []func(){
		func() {
			s := grow(nil, 100)
			t := 0
			for _, x := range s {
				t += x
			}
			println(len(s), t, cap(s) >= 100)
			s2 := append(s[:3:3], 77)
			println(s[3], s2[3], len(s2))
			s3 := append(s[:3], 88)
			println(s[3], s3[3])
			s = append(s, s...)
			println(len(s), s[150], s[199])
		},
		func() {
			b := append([]byte("ab"), "cd"...)
			println(string(b), len(b))
			b = append(b[:1], b[2:]...)
			println(string(b))
			c := make([]byte, 3)
			k := copy(c, "hello")
			println(k, string(c))
			k = copy(c[1:], c)
			println(k, string(c))
			println(copy(c, ""), copy(b, c))
			clear(c)
			println(c[0], c[2], len(c))
			var z []struct{}
			z = append(z, struct{}{}, struct{}{})
			println(len(z))
		},
		func() {
			s := make([]big, 2, 10)
			s[1] = big{1, 2, 3, "x"}
			s = append(s, s[1])
			s[2].a = 9
			println(s[1].a, s[2].a, s[2].s, s[0].s == "", len(s))
			t := s[1:]
			t[0].b = 50
			println(s[1].b, len(t), cap(t))
			m := [][]int{{1}, {2, 3}, nil}
			m[2] = append(m[2], m[1]...)
			println(len(m[2]), m[2][1], m[0][0])
			p := &s[2]
			p.c = 11
			println(s[2].c)
		},
		func() {
			var s []int
			println(s == nil, len(s), cap(s), s[:0] == nil, len(s[0:]))
			e := []int{}
			println(e == nil, len(e))
			s = append(s, e...)
			println(s == nil)
			x := [4]int{1, 2, 3, 4}
			y := x[1:3]
			y[0] = 20
			println(x[1], len(y), cap(y))
			y = append(y, 40)
			println(x[3])
			z := x[:]
			a := [4]int(z)
			z[0] = 5
			println(a[0], x[0])
			q := (*[2]int)(z)
			q[1] = 6
			println(x[1])
		},
		func() {
			s := make([]int, 0)
			for i := 0; ; i++ {
				s = append(s, i)
				if i == 20 {
					break
				}
			}
			println(len(s))
			n := 3
			u := make([]uint16, n, n*2)
			u[2] = 5
			println(len(u), cap(u), u[2], u[0])
			u = u[:6]
			println(u[5])
		},
	}
}
