// SPDX-License-Identifier: Apache-2.0

// Package routing has the scenarios of routes, which are the same at XDP and at TC.
package routing

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/test/parity/report"
)

type context interface {
	FIBLookup(*rex.FIBParams, rex.FIBFlags) (rex.FIBResult, error)
}

var (
	// Here are the addresses of the interface that is the test's argument.
	here4 = [4]byte{192, 0, 2, 1}
	here6 = [16]byte{0x20, 1, 0x0d, 0xb8, 15: 1}

	targets4 = [...][4]byte{
		{192, 0, 2, 1}, {192, 0, 2, 2}, {192, 0, 2, 9}, {198, 51, 100, 1}, {198, 51, 100, 129}, {198, 51, 100, 193},
		{203, 0, 113, 5}, {203, 0, 114, 5}, {10, 9, 9, 9},
	}
	targets6 = [...][16]byte{
		{0x20, 1, 0x0d, 0xb8, 15: 1}, {0x20, 1, 0x0d, 0xb8, 15: 2}, {0x20, 1, 0x0d, 0xb8, 15: 9},
		{0x20, 1, 0x0d, 0xb8, 0, 1, 15: 1}, {0x20, 1, 0x0d, 0xb8, 0, 2, 15: 5}, {0x20, 1, 0x0d, 0xb8, 0, 3, 15: 5},
	}
)

func lookup[C context](ctx C, p *rex.FIBParams, f rex.FIBFlags) {
	r, err := ctx.FIBLookup(p, f)
	report.Err("FIBLookup", err)
	report.String("result", r.String())
	report.Is("interface", p.Ifindex() == uint32(report.Arg(0)))
	report.Is("IPv6", p.IsIPv6())
	report.Number("MTU", p.MTU())
	report.Number("metric", p.Metric())
	src4, src6, next4, next6, srcMAC, dstMAC := p.Src4(), p.Src6(), p.NextHop4(), p.NextHop6(), p.SrcMAC(), p.DstMAC()
	report.Bytes("source", src4[:])
	report.Bytes("source of IPv6", src6[:])
	report.Bytes("next hop", next4[:])
	report.Bytes("next hop of IPv6", next6[:])
	report.Bytes("source MAC", srcMAC[:])
	report.Bytes("destination MAC", dstMAC[:])
}

// Routes looks up every target of IPv4 at the interface that is the test's
// argument.
func Routes[C context](ctx C) {
	at := uint32(report.Arg(0))
	for _, a := range targets4 {
		report.Bytes("to", a[:])
		p := rex.NewFIBParams4(here4, a, at)
		lookup(ctx, &p, 0)
	}
}

// Routes6 is Routes for IPv6.
func Routes6[C context](ctx C) {
	at := uint32(report.Arg(0))
	for _, a := range targets6 {
		report.Bytes("to", a[:])
		p := rex.NewFIBParams6(here6, a, at)
		lookup(ctx, &p, 0)
	}
}

// Options looks up one route with every option.
func Options[C context](ctx C) {
	at := uint32(report.Arg(0))
	for _, f := range [...]rex.FIBFlags{rex.FIBOutput, rex.FIBDirect, rex.FIBSkipNeighbour, rex.FIBSource, rex.FIBMark,
		rex.FIBDirect | rex.FIBTable, rex.FIBTable, 1 << 6} {
		report.Number("flags", f)
		p := rex.NewFIBParams4(here4, targets4[1], at)
		p.SetTransport(17, 1000, 53)
		p.SetTOS(0x10)
		p.SetLen(1000)
		if f&rex.FIBTable != 0 {
			p.SetTable(254)
		}
		if f&rex.FIBMark != 0 {
			p.SetMark(7)
		}
		lookup(ctx, &p, f)
		p = rex.NewFIBParams6(here6, targets6[1], at)
		p.SetFlowInfo(0x12345)
		lookup(ctx, &p, f)
	}
	for _, n := range [...]uint16{1500, 1501, 65535} {
		p := rex.NewFIBParams4(here4, targets4[1], at)
		p.SetLen(n)
		lookup(ctx, &p, 0)
		p = rex.NewFIBParams6(here6, targets6[1], at)
		p.SetLen(n)
		lookup(ctx, &p, 0)
	}
	for _, ifindex := range [...]uint32{1, 0, 1 << 20} {
		p := rex.NewFIBParams4(here4, targets4[1], ifindex)
		lookup(ctx, &p, 0)
		p = rex.NewFIBParams6(here6, targets6[1], ifindex)
		lookup(ctx, &p, 0)
	}
}

// Nil looks up what nobody asks for.
func Nil[C context](ctx C) {
	_, err := ctx.FIBLookup(nil, 0)
	report.Err("not reached", err)
}
