package bad

import (
	"fmt" // want REX0112 `package fmt`

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/compile/check/testdata/bad/lib"
	"github.com/rex-go/rex/xdp"
)

var hits = rex.NewArray[uint64](1)

//rex:xdp
func Main(ctx *xdp.Context) xdp.Action {
	go fmt.Sprint(1.5) // want REX0101 `go statement` REX0105 `floating-point`
	lib.Work()
	return xdp.Pass
}
