package lib

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var hits = rex.NewArray[uint64](1) // want REX0306 `map name hits is already used at .*bad.go:11`

func Work() {
	defer func() { recover() }() // want REX0104 `recover`
}

//rex:xdp // want REX0205 `program Other is in an imported package`
func Other(ctx *xdp.Context) xdp.Action { return xdp.Pass }
