package lib

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

var seen = rex.NewArray[uint16](7)

func Seen() xdp.Action {
	if seen.Lookup(1) != nil {
		return xdp.Drop
	}
	return xdp.Pass
}
