// SPDX-License-Identifier: Apache-2.0

package kctl

import "github.com/cilium/ebpf/asm"

// call calls a helper with the context, which is kept in R6, and arguments that
// are numbers.
func call(f asm.BuiltinFunc, args ...int32) asm.Instructions {
	code := asm.Instructions{asm.Mov.Reg(asm.R1, asm.R6)}
	for i, v := range args {
		code = append(code, asm.Mov.Imm(asm.R2+asm.Register(i), v))
	}
	return append(code, f.Call())
}

// plainCall calls a helper that takes no context.
func plainCall(f asm.BuiltinFunc, args ...int32) asm.Instructions {
	var code asm.Instructions
	for i, v := range args {
		code = append(code, asm.Mov.Imm(asm.R1+asm.Register(i), v))
	}
	return append(code, f.Call())
}

// calls makes a program of calls: it keeps the context in R6 for them, and
// returns a verdict.
func calls(verdict int32, each ...asm.Instructions) asm.Instructions {
	code := asm.Instructions{asm.Mov.Reg(asm.R6, asm.R1)}
	for _, c := range each {
		code = append(code, c...)
	}
	return append(code, asm.Mov.Imm(asm.R0, verdict), asm.Return())
}

// fibCall looks up a route for a struct bpf_fib_lookup of zeros on the stack.
func fibCall() asm.Instructions {
	const size = 64
	code := asm.Instructions{asm.Mov.Imm(asm.R1, 0)}
	for off := int16(-size); off < 0; off += 8 {
		code = append(code, asm.StoreMem(asm.RFP, off, asm.R1, asm.DWord))
	}
	return append(code,
		asm.Mov.Reg(asm.R1, asm.R6),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -size),
		asm.Mov.Imm(asm.R3, size),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnFibLookup.Call(),
	)
}

// skbCalls calls what moves and sends packets at TC.
func skbCalls(helperMaps) asm.Instructions {
	return calls(0,
		call(asm.FnL4CsumReplace, 0, 0, 0, 0),
		call(asm.FnCloneRedirect, 0, 0),
		call(asm.FnSkbVlanPush, 0, 0),
		call(asm.FnSkbVlanPop),
		call(asm.FnSkbChangeProto, 0, 0),
		call(asm.FnSkbChangeTail, 0, 0),
		call(asm.FnSkbChangeHead, 0, 0),
		call(asm.FnSkbAdjustRoom, 0, 0, 0),
		fibCall(),
		plainCall(asm.FnRedirect, 0, 0),
		plainCall(asm.FnRedirectPeer, 0, 0),
		plainCall(asm.FnRedirectNeigh, 0, 0, 0, 0),
	)
}

// xdpCalls calls what moves and sends packets at XDP.
func xdpCalls(helperMaps) asm.Instructions {
	return calls(2, // XDP_PASS
		call(asm.FnXdpAdjustHead, 0),
		call(asm.FnXdpAdjustTail, 0),
		call(asm.FnXdpAdjustMeta, 0),
		fibCall(),
		plainCall(asm.FnRedirect, 0, 0),
	)
}
