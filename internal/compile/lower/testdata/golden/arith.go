package p

import "github.com/rex-go/rex/xdp"

func div(a, b int32) int32         { return a / b }
func rem(a uint8, b uint8) uint8   { return a % b }
func shift(a uint16, n int) uint16 { return a<<n | a>>3 }
func less(a, b uint64) bool        { return a < b && int64(a) > int64(b) }

//rex:xdp
func Entry(ctx *xdp.Context) xdp.Action {
	if less(uint64(div(1, 2)), uint64(rem(3, 4))+uint64(shift(5, 6))) {
		return xdp.Drop
	}
	return xdp.Pass
}
