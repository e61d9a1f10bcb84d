package a

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
)

type pair struct{ a, b int }

type shown struct{ n int }

func (s *shown) String() string { return "shown" }

func good(n int, s string, b []byte, ip packet.IPv4Addr, mac packet.MAC, err error, v any, more ...any) {
	const format = "%d"
	rex.Log(rex.LevelInfo, "plain")
	rex.Log(rex.LevelInfo, s, "n", n, "b", b, "ip", ip, "mac", mac, "err", err, "any", v, "nil", nil, "ok", n > 3, "p", &shown{n})
	rex.Log(rex.LevelInfo, s, more...)
	rex.Printf(format, n)
	rex.Printf("%5d %-8s|%q %x %X %#x %v %s %s %v %t %c %% %08b %o", n, s, s, b, n, ip, ip, ip, mac, err, n > 3, 'x', n, n)
	rex.Printf("%s", &shown{n})
	rex.Printf("%v %v", more...)
}

func bad(n int, s string, ip packet.IPv4Addr, m map[string]int) {
	rex.Log(rex.LevelInfo, "m", "key")           // want REX0701 `key has no value`
	rex.Log(rex.LevelInfo, "m", s, n)            // want REX0701 `key is not a constant string`
	rex.Log(rex.LevelInfo, "m", n, "k")          // want REX0701 `key is not a constant string`
	rex.Log(rex.LevelInfo, "m", "k", pair{1, 2}) // want REX0701 `value of type pair cannot be logged`
	rex.Log(rex.LevelInfo, "m", "k", shown{1})   // want REX0701 `value of type shown cannot be logged`
	rex.Log(rex.LevelInfo, "m", "k", m, "n", &n) // want REX0701 `value of type map` REX0701 `value of type \*int`
	rex.Log(rex.LevelInfo, "m", "k", []int{1})   // want REX0701 `value of type \[\]int`
	rex.Printf(s)                                // want REX0701 `format is not constant`
	rex.Printf("%d")                             // want REX0701 `format has 1 verbs, call has 0 arguments`
	rex.Printf("%d", n, n)                       // want REX0701 `format has 1 verbs, call has 2 arguments`
	rex.Printf("%d", s)                          // want REX0701 `%d of type string`
	rex.Printf("%s", n)                          // want REX0701 `%s of type int`
	rex.Printf("%t", n)                          // want REX0701 `%t of type int`
	rex.Printf("%c", s)                          // want REX0701 `%c of type string`
	rex.Printf("%v", pair{})                     // want REX0701 `%v of type pair`
	rex.Printf("%d", ip[0], ip)                  // want REX0701 `call has 2 arguments`
	rex.Printf("%p", &n)                         // want REX0701 `verb %p is not available`
	rex.Printf("%*d", 3, n)                      // want REX0701 `verb %\* is not available`
	rex.Printf("100%")                           // want REX0701 `ends in the middle of a verb`
}
