package p

import "github.com/rex-go/rex/xdp"

// same and kind make no copy of the bytes, kept must.
func same(a, b []byte) bool { return string(a) == string(b) }

func kind(b []byte) int {
	switch string(b) {
	case "get":
		return 1
	case "set", "add":
		return 2
	}
	return 0
}

func kept(b []byte) bool {
	s := string(b)
	b[0] = 'x'
	return s == "get"
}

//rex:xdp
func Entry(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	if same(b, b[1:]) || kept(b) {
		return xdp.Drop
	}
	return xdp.Action(kind(b))
}
