// SPDX-License-Identifier: Apache-2.0

package stale

import (
	"iter"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/xdp"
)

// parser has a packet slice in a field.
type parser struct {
	ctx  *tc.Context
	data []byte
	eth  *packet.Ethernet
	n    int
}

func newParser(ctx *tc.Context) *parser { return &parser{ctx: ctx, data: ctx.Data()} }

func (p *parser) first() byte { return p.data[0] }

func (p *parser) grow() error { return p.ctx.ChangeTail(100) }

func (p *parser) reload() error {
	if err := p.ctx.PullData(64); err != nil {
		return err
	}
	p.data = p.ctx.Data()
	return nil
}

func (p *parser) growThenRead() byte {
	_ = p.grow()
	return p.data[1] // want REX0405 `before what grow calls moved`
}

func (p parser) copied() byte { return p.data[0] }

// Fields has slices in structs.
//
//rex:tc
func Fields(ctx *tc.Context) tc.Action {
	var p parser
	p.ctx, p.data = ctx, ctx.Data()
	switch p.n {
	case 0:
		_ = ctx.PullData(60)
		return tc.Action(p.data[0]) // want REX0405 `before PullData`
	case 1:
		_ = ctx.PullData(60)
		return tc.Action(p.first()) // want REX0405 `before PullData`
	case 2:
		_ = ctx.PullData(60)
		p.data = ctx.Data()
		return tc.Action(p.data[0] + p.first())
	case 3:
		if p.reload() != nil {
			return tc.Shot
		}
		return tc.Action(p.data[0] + p.first())
	case 4:
		_ = p.grow()
		return tc.Action(p.data[0]) // want REX0405 `before what grow calls`
	case 5:
		return tc.Action(p.growThenRead())
	case 6:
		q := newParser(ctx)
		_ = ctx.PushVLAN(0x8100, 1)
		return tc.Action(q.first()) // want REX0405 `before PushVLAN`
	case 7:
		_ = ctx.PushVLAN(0x8100, 1)
		q := newParser(ctx)
		return tc.Action(q.first())
	case 8:
		p.eth, _ = rex.View[packet.Ethernet](p.data)
		_ = ctx.PopVLAN()
		p.data = ctx.Data()
		if p.eth != nil && len(p.data) > 0 {
			return tc.Action(p.eth.Dst[0]) // want REX0405 `before PopVLAN`
		}
	case 9:
		q := p
		_ = ctx.PopVLAN()
		p.data = ctx.Data()
		return tc.Action(p.data[0] + q.data[0]) // want REX0405 `before PopVLAN`
	case 10:
		_ = ctx.PopVLAN()
		return tc.Action(p.copied()) // want REX0405 `before PopVLAN`
	case 11:
		_ = ctx.PopVLAN()
		p = parser{data: ctx.Data()}
		return tc.Action(p.copied() + p.first())
	case 12:
		// Only the number is used.
		_ = ctx.PopVLAN()
		p.n++
		return tc.Action(len(p.data))
	case 13:
		q := &p
		_ = ctx.PopVLAN()
		q.data = ctx.Data()
		return tc.Action(p.data[0])
	case 14:
		for range 3 {
			p.n += int(p.data[0]) // want REX0405 `before what grow calls`
			_ = p.grow()
		}
	case 15:
		for range 3 {
			p.n += int(p.first())
			if p.reload() != nil {
				return tc.Shot
			}
		}
	case 16:
		var any interface{ first() byte } = &p
		_ = p.grow()
		return tc.Action(any.first()) // want REX0405 `before what grow calls`
	}
	return tc.OK
}

// nested has a struct in a struct, and a slice of it by a pointer.
type nested struct {
	inner parser
	at    *parser
}

// Nested has structs in structs.
//
//rex:tc
func Nested(ctx *tc.Context) tc.Action {
	n := nested{inner: parser{data: ctx.Data()}}
	n.at = newParser(ctx)
	switch n.inner.n {
	case 0:
		_ = ctx.ChangeHead(14)
		return tc.Action(n.inner.first()) // want REX0405 `before ChangeHead`
	case 1:
		_ = ctx.ChangeHead(14)
		n.inner.data = ctx.Data()
		return tc.Action(n.inner.first())
	case 2:
		_ = ctx.ChangeHead(14)
		return tc.Action(n.at.data[0]) // want REX0405 `before ChangeHead`
	case 3:
		_ = ctx.ChangeHead(14)
		n.at.data = ctx.Data()
		return tc.Action(n.at.first())
	}
	return tc.OK
}

// Elements has slices in arrays and slices.
//
//rex:xdp
func Elements(ctx *xdp.Context) xdp.Action {
	b := ctx.Data()
	if len(b) < 8 {
		return xdp.Pass
	}
	var parts [3][]byte
	parts[0], parts[1] = b[:4], b[4:]
	i := int(b[0]) % 3
	switch b[1] {
	case 0:
		_ = ctx.AdjustTail(-1)
		return xdp.Action(parts[1][0]) // want REX0405 `before AdjustTail`
	case 1:
		_ = ctx.AdjustTail(-1)
		return xdp.Action(parts[i][0]) // want REX0405 `before AdjustTail`
	case 2:
		_ = ctx.AdjustTail(-1)
		parts[1] = ctx.Data()
		return xdp.Action(parts[1][0])
	case 3:
		parts[i] = b[2:]
		_ = ctx.AdjustTail(-1)
		parts[0] = ctx.Data()
		for _, p := range parts {
			use(p) // want REX0405 `before AdjustTail`
		}
	case 4:
		_ = ctx.AdjustTail(-1)
		parts = [3][]byte{ctx.Data(), nil, nil}
		for _, p := range parts {
			use(p)
		}
	case 5:
		list := [][]byte{b}
		list = append(list, b[1:])
		_ = ctx.AdjustTail(-1)
		for _, p := range list {
			use(p) // want REX0405 `before AdjustTail`
		}
	case 6:
		var list [][]byte
		for j := range 4 {
			list = append(list, b[j:])
		}
		_ = ctx.AdjustTail(-1)
		return xdp.Action(list[i][0]) // want REX0405 `before AdjustTail`
	case 7:
		_ = ctx.AdjustTail(-1)
		list := [][]byte{ctx.Data()}
		return xdp.Action(list[0][0])
	case 8:
		copied := append([]byte(nil), b...)
		_ = ctx.AdjustTail(-1)
		return xdp.Action(copied[0])
	case 9:
		_ = ctx.AdjustTail(-1)
		first, second := halves(parts)
		return xdp.Action(first[0] + second[0]) // want REX0405 `before AdjustTail`
	}
	return xdp.Pass
}

func halves(p [3][]byte) (x, y []byte) { return p[0], p[1] }

func twice(f func()) {
	f()
	f()
}

func each(b []byte) iter.Seq[byte] {
	return func(yield func(byte) bool) {
		for _, c := range b {
			if !yield(c) {
				return
			}
		}
	}
}

// Captured has slices in variables that closures capture.
//
//rex:tc
func Captured(ctx *tc.Context) tc.Action {
	b := ctx.Data()
	if len(b) < 8 {
		return tc.OK
	}
	read := func() byte { return b[0] } // want REX0405 `before ChangeProto moved the packet \(line 251\)`
	switch b[1] {
	case 0:
		_ = ctx.ChangeProto(0x86dd)
		return tc.Action(read())
	case 1:
		_ = ctx.ChangeProto(0x86dd)
		b = ctx.Data()
		return tc.Action(read())
	case 2:
		again := func() { b = ctx.Data() }
		_ = ctx.ChangeProto(0x86dd)
		again()
		return tc.Action(b[0])
	}
	return tc.OK
}

// Passed has closures that are passed to other functions.
//
//rex:tc
func Passed(ctx *tc.Context) tc.Action {
	b := ctx.Data()
	p := newParser(ctx)
	n := 0
	switch len(b) {
	case 60:
		_ = ctx.PopVLAN()
		twice(func() { n += int(b[0]) }) // want REX0405 `before PopVLAN`
	case 61:
		twice(func() {
			n += int(p.data[0]) // want REX0405 `before what Passed\$2 calls`
			_ = ctx.PopVLAN()
		})
	case 62:
		for range each([]byte("abc")) {
			b[0]++ // want REX0405 `before what Passed\$3 calls`
			_ = ctx.PullData(0)
		}
	case 63:
		for c := range each([]byte("abc")) {
			_ = ctx.PullData(0)
			b = ctx.Data()
			b[0] = c
		}
	case 64:
		for c := range each(b) { // stale, but that of a function value is not followed
			_ = ctx.PullData(0)
			n += int(c)
		}
	case 65:
		f := p.first
		_ = ctx.PullData(0)
		return tc.Action(f()) // want REX0405 `before PullData`
	}
	return tc.Action(n)
}

// Deferred has closures that run at the end.
//
//rex:tc
func Deferred(ctx *tc.Context) tc.Action {
	b, c := ctx.Data(), ctx.Data()
	if len(b) == 0 {
		return tc.OK
	}
	defer func() {
		b[0]++
		c[0]++ // want REX0405 `before PullData`
	}()
	_ = ctx.PullData(0)
	b = ctx.Data()
	return tc.OK
}
