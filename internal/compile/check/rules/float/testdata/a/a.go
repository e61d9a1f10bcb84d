package a

import "math"

const (
	ratio          = 0.5 // want REX0105 `type untyped float`
	typed  float32 = 2   // want REX0105 `float32`
	second         = 1e9
	imag1          = 2i // want REX0106 `untyped complex`
)

type celsius float64 // want REX0105 `float64`

type sample struct {
	at    uint64
	value float32    // want REX0105 `float32`
	z     complex128 // want REX0106 `complex`
}

var table [4]float64 // want REX0105 `float64`

func scale(n int) int {
	f := float64(n) // want REX0105 `float64`
	f *= 2          // want REX0105 `float64`
	return int(f)   // want REX0105 `float64`
}

func generic[T any](x T) T { return x }

func inferred(n int) {
	generic[float32](3)        // want REX0105 `float32`
	_ = math.Sqrt(3)           // want REX0105 `float64`
	_ = complex(1, 2) == 0     // want REX0106 `complex`
	var any = interface{}(1.5) // want REX0105 `float64`
	_ = any
}

func sum[T int | float64](xs ...T) (s T) { // want REX0105 `float64`
	return s
}

// Allowed: constants that are integers in the end.

const million = 1e6

var timeout uint64 = 3 * second

func micros() int { return int(1e3) + million + math.MaxInt8 }
