// SPDX-License-Identifier: Apache-2.0

// Package stale uses packet slices before and after calls that move the packet.
package stale

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

var counts = rex.NewArray[uint64](4)

// At has each call of package tc.
//
//rex:tc
func At(ctx *tc.Context) tc.Action {
	b := ctx.Data()
	if len(b) < 60 {
		return tc.Unspec
	}
	switch b[0] {
	case 0:
		_ = ctx.StoreBytes(b[:4], 8, 0)
		return tc.Action(b[1]) // want REX0405 `packet slice from before StoreBytes moved the packet \(line 25\)`
	case 1:
		_ = ctx.PullData(60)
		b[1] = 2 // want REX0405 `before PullData`
	case 2:
		_ = ctx.ChangeHead(14)
		copy(b, "x") // want REX0405 `before ChangeHead`
	case 3:
		_ = ctx.ChangeTail(60)
		if string(b[:3]) == "abc" { // want REX0405 `before ChangeTail`
			return tc.OK
		}
	case 4:
		_ = ctx.ChangeProto(0x86dd)
		use(b) // want REX0405 `before ChangeProto`
	case 5:
		_ = ctx.AdjustRoom(20, tc.RoomMAC, 0) // want REX0405 `before AdjustRoom`
		for _, c := range b {
			if c == 0 {
				break
			}
		}
	case 6:
		_ = ctx.PushVLAN(0x8100, 1)
		b[2]++ // want REX0405 `before PushVLAN`
	case 7:
		_ = ctx.PopVLAN()
		b[3]++ // want REX0405 `before PopVLAN`
	case 8:
		_ = ctx.ReplaceL3Checksum(24, 0)
		b[3]++ // want REX0405 `before ReplaceL3Checksum`
	case 9:
		_ = ctx.ReplaceL4Checksum(36, 0, 0)
		b[3]++ // want REX0405 `before ReplaceL4Checksum`
	case 10:
		_ = ctx.CloneRedirect(1, 0)
		b[3]++ // want REX0405 `before CloneRedirect`
	case 11:
		b = ctx.Data()
		b[3]++
	case 12:
		n := len(b)
		_ = ctx.ChangeTail(n + 1)
		if len(b) > 7 { // its length is a number
			return tc.OK
		}
	case 13:
		eth, rest, ok := packet.ParseEthernet(b)
		if !ok || grow(ctx) != nil {
			return tc.Shot
		}
		if eth.EtherType() == packet.EtherTypeIPv4 { // want REX0405 `before what grow calls moved`
			return tc.Action(len(rest))
		}
	case 14:
		// A count from a map is not of the packet.
		p := entry(b)
		_ = grow(ctx)
		*p++
	case 15:
		passed(ctx, b)
	case 16:
		for range 3 {
			b[0]++ // want REX0405 `before ChangeTail`
			_ = ctx.ChangeTail(70)
		}
	case 17:
		for range 3 {
			b = ctx.Data()
			b[0]++
			_ = ctx.ChangeTail(70)
		}
	case 18:
		if b[1] == 0 {
			_ = ctx.ChangeTail(70)
			b = ctx.Data()
		}
		b[2] = 7
	case 19:
		f := func() { _ = ctx.PopVLAN() }
		f()
		b[2] = 7 // want REX0405 `before what At\$1 calls`
	}
	return tc.OK
}

func use(b []byte) { b[0] = 1 }

func grow(ctx *tc.Context) error { return ctx.ChangeTail(100) }

func entry(b []byte) *uint64 { return counts.Lookup(uint32(b[0])) }

func passed(ctx *tc.Context, b []byte) {
	_ = ctx.PopVLAN()
	b[0] = 1 // want REX0405 `before PopVLAN`
}

// In has those of package xdp.
//
//rex:xdp
func In(ctx *xdp.Context) xdp.Action {
	b, m := ctx.Data(), ctx.Meta()
	if len(b) < 60 || len(m) < 4 {
		return xdp.Pass
	}
	switch b[0] {
	case 0:
		_ = ctx.AdjustHead(2)
		b[0] = 1 // want REX0405 `before AdjustHead`
	case 1:
		_ = ctx.AdjustTail(-2)
		b[0] = 1 // want REX0405 `before AdjustTail`
	case 2:
		_ = ctx.AdjustHead(2)
		m[0] = 1 // want REX0405 `before AdjustHead`
	case 3:
		_ = ctx.AdjustMeta(-4)
		b[0] = 1
	}
	return xdp.Pass
}
