// SPDX-License-Identifier: Apache-2.0

// Package twolocks transfers between two accounts under both their locks.
package twolocks

import (
	"encoding/binary"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

type account struct {
	lock    rex.SpinLock
	balance uint32
}

var accounts = rex.NewArray[account](4)

// Run puts the receiver's balance into the packet.
//
//rex:xdp
func Run(ctx *xdp.Context) xdp.Action {
	data := ctx.Data()
	if len(data) < 14+3 {
		return xdp.Pass
	}
	// Always in the same order, so that there is no deadlock.
	low, high, amount := uint32(data[14]), uint32(data[15]), uint32(data[16])
	if low >= high {
		return xdp.Pass
	}
	a, b := accounts.Lookup(low), accounts.Lookup(high)
	if a == nil || b == nil {
		return xdp.Pass
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	b.lock.Lock()
	defer b.lock.Unlock()
	a.balance -= amount
	b.balance += amount
	binary.LittleEndian.PutUint32(data, b.balance)
	return xdp.TX
}
