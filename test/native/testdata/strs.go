package main

var a, b = "hello", "world"

//go:noinline
func cat(x, y string) string { return x + y }

type S string

//go:noinline
func cmp(x, y string) {
	println(x == y, x != y, x < y, x <= y, x > y, x >= y)
}

func cases() []func() {
	return []func(){
		func() {
			s := cat(a, b)
			println(s, len(s), s == "helloworld", s[5], s[2:4], s[:0] == "")
			s += "!"
			println(s + a + "-" + b)
			println(cat("", "x"), cat("y", ""))
			cmp("a", "b")
			cmp("ab", "a")
			cmp(a, "hello")
			cmp("", "")
			cmp("\xff", "a")
		},
		func() {
			bs := []byte(a)
			bs[0] = 'J'
			println(string(bs), a)
			rs := []rune("aé世\xff")
			println(len(rs), rs[1], rs[2], rs[3])
			println(string(rs), len(string(rs)))
			println(string(rune(65)), string(rune(0x4e16)), string(rune(-1)), string(rune(0xd800)), string(rune(0x1F600)))
			var r rune = 0x7ff
			println(len(string(r)), len(string(r+1)))
			var x int64 = 1 << 40
			println(string(rune(x)) == "\x00", len(string(rune(x))))
			var e []byte
			println(string(e) == "", len([]byte("")), []byte("") == nil)
		},
		func() {
			switch b {
			case "hello":
				println("no")
			case "world":
				println("yes")
			}
			s := S("x") + "y"
			println(string(s), min("b", "a", "c"), max("b", "a", "c"))
			n := 0
			for i := range a {
				n += int(a[i])
			}
			println(n)
			for _, bad := range []string{"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe4\xb8", "\xf0\x9f\x98", "\xc3("} {
				for i, r := range bad {
					print(i, ":", r, " ")
				}
				println()
			}
		},
	}
}
