package p

import "github.com/rex-go/rex/xdp"

type pair struct {
	a uint8
	b uint32
	c bool
}

type wide struct {
	p [3]pair
	s string
}

var counters [4]uint64
var table = [3]uint16{7, 8, 9}

func load(p *pair) (uint32, bool)        { return p.b, p.c }
func index(s []uint16, i int) uint16     { return s[i] }
func window(b []byte, lo, hi int) []byte { return b[lo:hi] }
func copied(w *wide) wide                { v := *w; v.p[1].a++; return v }
func count(i uint32)                     { counters[i]++ }
func stays(n int) int                    { x := n; p := &x; *p++; return x }
func escapes(n int) *int                 { x := n; return &x }

//rex:xdp
func Entry(ctx *xdp.Context) xdp.Action {
	b := window(ctx.Data(), 0, 4)
	n, ok := load(&pair{b: uint32(b[0])})
	if !ok {
		count(n)
	}
	w := copied(&wide{})
	*escapes(stays(int(w.p[1].a)))++
	return xdp.Action(index([]uint16{1, 2, table[b[1]]}, int(n)))
}
