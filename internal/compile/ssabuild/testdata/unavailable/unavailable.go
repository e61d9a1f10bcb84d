package unavailable

import (
	"encoding/binary"
	"io"
	"iter"
	"math"
	"strings"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

func view[T any](b []byte) bool {
	_, ok := rex.View[T](b) // want REX0401 `rex.View of type unavailable.text, which holds a reference` REX0403 `multiple of 4`
	return ok
}

type text struct{ s string }

// unused calls what is not available, but nothing calls it.
func unused() error { return io.ErrUnexpectedEOF }

//rex:xdp
func Main(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	view[text](b)
	view[uint32](b)
	view[[4]byte](b)
	if binary.Size(b) > 0 { // want REX0501 `package reflect is not available .*by encoding/binary`
		return xdp.Drop
	}
	next, stop := iter.Pull(func(yield func(int) bool) {}) // want REX0501 `package iter is not available.*iter.Pull`
	next()
	stop()
	var text strings.Builder
	text.WriteString(strings.ToUpper(strings.Repeat("abc", 2)))
	_ = math.MaxUint8 + strings.Index(text.String(), "c") + int(checksum(b))
	return xdp.Pass
}
