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
		func() {
			// Strings that are only compared share the bytes; these must not.
			bs := []byte(cat(a, b))
			s := string(bs)
			bs[0] = 'J'
			println(s == "helloworld", string(bs) == "Jelloworld", string(bs[:1]) < "K", string(bs) == s)
			t := string(bs)
			for i := range 3 {
				println(t == "Jelloworld", t == string(bs))
				bs[i] = '!'
			}
			switch string(bs[5:]) {
			case "hello", "world!":
				println("no")
			case "world":
				println("yes")
				bs[5] = 'W'
			}
			word := string(bs[5:])
			touch(bs)
			println(word, word == "World", string(bs[5:]) == word)
			m := map[string]int{"World": 1, "?orld": 2}
			println(m[string(bs[5:])], m[word], m[string(bs)])
			n, ok := m[string(bs[9:])]
			println(n, ok)
			long := make([]byte, 100)
			println(string(long) == string(make([]byte, 100)), string(long) == string(long[1:]), string(long) == "")
		},
	}
}

//go:noinline
func touch(b []byte) { b[5] = '?' }
