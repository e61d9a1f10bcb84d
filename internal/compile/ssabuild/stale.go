// SPDX-License-Identifier: Apache-2.0

package ssabuild

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ssabuild/stale"
	"github.com/rex-go/rex/internal/diag"
)

const sdkPath = "github.com/rex-go/rex/"

// packetMoves lists the methods of package tc's and package xdp's Context that
// may move the packet.
var packetMoves = []string{
	"AdjustHead", "AdjustTail",
	"StoreBytes", "PullData", "ChangeHead", "ChangeTail", "ChangeProto", "AdjustRoom", "PushVLAN", "PopVLAN",
	"ReplaceL3Checksum", "ReplaceL4Checksum", "CloneRedirect",
}

// contextMethod returns the name of a method of tc.Context or xdp.Context.
func contextMethod(f *ssa.Function) string {
	for _, pkg := range []string{"tc", "xdp"} {
		if name, ok := strings.CutPrefix(f.String(), "(*"+sdkPath+pkg+".Context)."); ok {
			return name
		}
	}
	return ""
}

// checkStale reports uses of packet slices from before the packet was moved;
// package stale has the rule.
func (b *builder) checkStale(p *Program, problems *diag.List) {
	in := stale.Input{
		Entries: p.Entries,
		Callees: p.graph.callees,
		Source: func(f *ssa.Function) bool {
			name := contextMethod(f)
			return name == "Data" || name == "Meta"
		},
		Moves:   func(f *ssa.Function) bool { return slices.Contains(packetMoves, contextMethod(f)) },
		Trusted: b.trusted,
	}
	for _, found := range stale.Run(in) {
		if b.trusted(found.Func) {
			continue
		}
		by := found.Mover.Name()
		if name := contextMethod(found.Mover); name == "" {
			by = "what " + by + " calls"
		}
		problems.Add(b.userPos(p.graph, found.Func, found.Pos), diag.StaleSlice,
			"take a new slice with Data after the call, or use the slice before it",
			"packet slice from before %s moved the packet (line %d)", by, b.src.Fset.Position(found.Move).Line)
	}
}
