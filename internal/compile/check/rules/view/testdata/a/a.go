package a

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

type header struct {
	Kind uint8
	Addr [16]byte
}

type text struct {
	n    uint8
	name string
}

type aligned struct {
	kind uint8
	seq  uint32
}

func good(b []byte) {
	rex.View[header](b)
	rex.ViewAt[packet.Ethernet](b, 14)
	rex.View[[4]byte](b)
	rex.View[bool](b)
}

func bad(b []byte) {
	rex.View[*header](b)        // want REX0401 `it is a pointer`
	rex.View[text](b)           // want REX0401 `rex.View of type text, which holds a reference: .name is a string`
	rex.ViewAt[[2][]byte](b, 1) // want REX0401 `\[\] is a slice`
	rex.View[func()](b)         // want REX0401 `function`
	rex.View[error](b)          // want REX0401 `interface`
	rex.View[aligned](b)        // want REX0403 `multiple of 4 bytes`
	rex.View[uint16](b)         // want REX0403 `multiple of 2`
	f := rex.View[map[int]int]  // want REX0401 `Go map`
	_ = f
}

// Type parameters are checked when they are known, by ssabuild; those whose
// type set says enough, here.

func generic[T any](b []byte) { rex.View[T](b) }

func limited[T ~[4]byte | ~uint8](b []byte) { rex.View[T](b) }

type gap struct {
	a uint16
	b uint32
}

var records = rex.NewRingBuf(4096)

func reserve() {
	_ = rex.Reserve[[3]uint64](records)
	_ = rex.Reserve[gap](records)  // want REX0404 `padding before .b`
	_ = rex.Reserve[*gap](records) // want REX0401 `holds a reference`
}

var (
	samples = rex.NewPerfEventArray[[3]uint64]()
	gaps    = rex.NewPerfEventArray[gap]()
)

func output(ctx *xdp.Context) {
	_ = xdp.Output(ctx, samples, rex.CurrentCPU, [3]uint64{})
	_ = xdp.OutputPacket(ctx, gaps, rex.CurrentCPU, gap{}, 1) // want REX0404 `padding before .b`
}
