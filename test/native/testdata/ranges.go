package main

// Indexes that an interval analysis could take for what they are not.

var (
	most         = 1<<63 - 1
	zero         = 0
	three        = 3
	minus        = -3
	huge  uint64 = 1<<63 + 2
	i8    int8   = 127
	u8    uint8  = 250
	i32   int32  = 1<<31 - 1
	text         = "héllo, wörld"
	bytes        = []byte("0123456789abcdef")
	table [8]int
)

//go:noinline
func up(a []byte, i int) (sum int) {
	for ; i != 2; i++ {
		sum += int(a[i])
	}
	return sum
}

//go:noinline
func down(a []byte, i int) (sum int) {
	for {
		sum += int(a[i])
		i--
	}
}

//go:noinline
func wrapUp(a []byte, i int) byte {
	if i > 0 {
		i += most
		return a[i]
	}
	return a[0]
}

//go:noinline
func lengths(a []byte, more []int) int {
	n := 0
	for _, m := range more {
		n += m
	}
	if n+3 > len(a) {
		return -1
	}
	s := 0
	for j := 0; j < 3; j++ {
		s += int(a[n+j])
	}
	return s
}

//go:noinline
func nested(a []byte) (n int) {
	i := 0
	for i < len(a) {
		for i < len(a) && a[i] != '5' && a[i] != 'a' {
			i++
			n += i
		}
		i++
	}
	return n + int(a[i-1-n%2])
}

//go:noinline
func twice(a []byte, i, j int) byte {
	if i+j < len(a) {
		return a[i+j]
	}
	return 'x'
}

//go:noinline
func between(a []byte, i int) byte {
	if !(i < 0 || i > len(a)) {
		return a[i]
	}
	return a[-i]
}

//go:noinline
func unsigned(a []byte, u uint64) byte {
	if u > 3 {
		return a[int(u)]
	}
	return a[u-1]
}

//go:noinline
func loopU(a []byte, u uint) (s int) {
	for ; u < 100; u -= 3 {
		s += int(a[u])
	}
	return s
}

//go:noinline
func mul(a []byte, i int) byte {
	if i >= 0 {
		return a[i*i*i]
	}
	return a[i*i]
}

//go:noinline
func cut(a []byte, i, j int) int {
	if j <= len(a) {
		return len(a[i:j])
	}
	return cap(a[i:])
}

//go:noinline
func phi(a []byte, n int) byte {
	i := 1
	for k := 0; k < n; k++ {
		i, n = n-i, n-k
	}
	return a[i]
}

//go:noinline
func decode(s string) (n int) {
	for i, r := range s {
		n += table[i%len(table)] + int(s[i]) + int(r)
		if r > 'w' {
			n += int(s[len(s)-i-1])
		}
	}
	return n
}

func cases() []func() {
	return []func(){
		func() { println(up(bytes, 0), up(bytes, 1), up(bytes, 2)) },
		func() { println(up(bytes, 3)) },
		func() { println(up(bytes, minus)) },
		func() { println(down(bytes, 4)) },
		func() { println(wrapUp(bytes, zero)) },
		func() { println(wrapUp(bytes, 1)) },
		func() { println(wrapUp(bytes, three)) },
		func() { println(lengths(bytes, []int{1, 2, 3})) },
		func() { println(lengths(bytes, []int{1, most, 3})) },
		func() { println(lengths(bytes, []int{minus})) },
		func() { println(lengths(bytes, []int{-1 << 63, -1 << 62})) },
		func() { println(lengths(bytes, []int{most})) },
		func() { println(lengths(bytes, []int{13}), lengths(bytes, []int{14})) },
		func() { println(nested(bytes), nested(bytes[:1])) },
		func() { println(nested(nil)) },
		func() { println(twice(bytes, 3, 4), twice(bytes, 30, -20), twice(bytes, 8, 8)) },
		func() { println(twice(bytes, most, 1)) },
		func() { println(twice(bytes, 1, minus)) },
		func() { println(twice(bytes, -1<<63, -1<<63)) },
		func() { println(between(bytes, 3), between(bytes, minus)) },
		func() { println(between(bytes, 16)) },
		func() { println(between(bytes, 17)) },
		func() { println(between(bytes, -1<<63)) },
		func() { println(unsigned(bytes, 1), unsigned(bytes, 9)) },
		func() { println(unsigned(bytes, 0)) },
		func() { println(unsigned(bytes, huge)) },
		func() { println(loopU(bytes, 9), loopU(bytes, 200)) },
		func() { println(loopU(bytes, 50)) },
		func() { println(mul(bytes, 2), mul(bytes, -2)) },
		func() { println(mul(bytes, 1<<21)) },
		func() { println(mul(bytes, 1<<22), mul(bytes, -1<<32)) },
		func() { println(mul(bytes, 3037000500)) },
		func() { println(cut(bytes, 1, 3), cut(bytes, 3, 99)) },
		func() { println(cut(bytes, 4, 3)) },
		func() { println(cut(bytes, minus, 3)) },
		func() { println(cut(bytes, 0, minus)) },
		func() { println(phi(bytes, 5), phi(bytes, 2)) },
		func() { println(phi(bytes, 40)) },
		func() { println(decode(text)) },
		func() { i := i8; i++; println(table[i]) },
		func() { i := i8; i += 3; println(table[i+125]) },
		func() { i := u8; i += 8; println(table[i]) },
		func() { i := u8; i -= 251; println(table[i]) },
		func() { i := i32 + 1; println(table[i]) },
		func() { println(table[three%minus], table[minus%three+three]) },
		func() { println(table[minus%2]) },
		func() { println(table[minus>>1&7], table[uint8(minus)>>6]) },
		func() { println(table[minus>>1]) },
		func() { println(table[three<<62>>61]) },
		func() { println(table[1<<(three+60)]) },
		func() { println(table[copy(make([]byte, 3), "xyz")], table[min(three, 9)], table[max(minus, 2)]) },
		func() { println(table[min(minus, 2)]) },
		func() { println(table[int(huge)]) },
		func() { println(table[int(uint32(minus))]) },
		func() { println(table[int8(u8)]) },
		func() { println(table[uint16(minus)>>13], table[-minus]) },
		func() { n := make([]struct{}, 1<<40); println(len(n), len(n[three:])); n[minus] = struct{}{} },
	}
}
