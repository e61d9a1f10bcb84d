// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"fmt"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/rextest"
)

var routes = rex.NewLPMTrie[packet.IPv4Addr, uint32](1024)

func ExampleLPMTrie() {
	routes.Update(rex.Prefix[packet.IPv4Addr]{Bits: 8, Addr: packet.IPv4Addr{10}}, 1)
	routes.Update(rex.Prefix[packet.IPv4Addr]{Bits: 16, Addr: packet.IPv4Addr{10, 1}}, 2)
	fmt.Println(*routes.Lookup(packet.IPv4Addr{10, 1, 2, 3}), *routes.Lookup(packet.IPv4Addr{10, 2, 0, 1}))
	fmt.Println(routes.Lookup(packet.IPv4Addr{192, 0, 2, 1}) == nil)
	// Output:
	// 2 1
	// true
}

var jobs = rex.NewQueue[uint32](2)

func ExampleQueue() {
	fmt.Println(jobs.Push(1), jobs.Push(2), jobs.Push(3))
	jobs.PushEvict(4)
	for job, ok := jobs.Pop(); ok; job, ok = jobs.Pop() {
		fmt.Println(job)
	}
	// Output:
	// <nil> <nil> map full or index out of range
	// 2
	// 4
}

var ages = rex.NewHash[uint32, uint64](16)

func ExampleHash_All() {
	ages.Update(1, 10)
	ages.Update(2, 20)
	for k, age := range ages.All() {
		if *age > 15 {
			ages.Delete(k)
		}
	}
	fmt.Println(*ages.Lookup(1), ages.Lookup(2) == nil)
	// Output: 10 true
}

func ExampleHash_LoadOrStore() {
	for range 2 {
		n, loaded, err := ages.LoadOrStore(7, 100)
		if err != nil {
			return
		}
		*n++
		fmt.Println(*n, loaded)
	}
	// Output:
	// 101 false
	// 102 true
}

// Seen is a record for user space: no padding, no references.
type Seen struct {
	Addr packet.IPv4Addr
	Port uint32
}

var seen = rex.NewRingBuf(1 << 16)

func ExampleReserve() {
	if r := rex.Reserve[Seen](seen); r != nil {
		r.Value.Addr = packet.IPv4Addr{192, 0, 2, 1}
		r.Value.Port = 53
		r.Submit()
	}
	fmt.Println(rextest.Records(seen))
	// Output: [[192 0 2 1 53 0 0 0]]
}

// Account is a map value with a lock for the rest of it.
type Account struct {
	Lock         rex.SpinLock
	Transactions uint32
	Balance      int64
}

var accounts = rex.NewHash[uint32, Account](64)

func ExampleSpinLock() {
	accounts.Update(1, Account{Balance: 100})
	a := accounts.Lookup(1)
	if a == nil {
		return
	}
	rex.Locked(&a.Lock, func() {
		a.Transactions++
		a.Balance -= 30
	})
	fmt.Println(a.Transactions, a.Balance)
	// Output: 1 70
}
