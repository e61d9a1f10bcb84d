package good

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/compile/check/testdata/good/lib"
	"github.com/rex-go/rex/xdp"
)

type Key struct{ A, B uint32 }

var hits = rex.NewPerCPUHash[Key, [3]uint64](128)

//rex:xdp timeout=50ms arena=16KiB onpanic=continue
func First(ctx *xdp.Context) xdp.Action {
	hits.Lookup(Key{})
	return lib.Seen()
}

// Second has defaults.
//
//rex:xdp
func Second(ctx *xdp.Context) xdp.Action { return xdp.Pass }
