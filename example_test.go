// SPDX-License-Identifier: Apache-2.0

package rex_test

import (
	"errors"
	"fmt"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
)

// Flow is a map key: no padding, no references.
type Flow struct {
	Src, Dst packet.IPv4Addr
}

var flows = rex.NewHash[Flow, uint64](1024)

func ExampleHash() {
	f := Flow{packet.IPv4Addr{192, 0, 2, 1}, packet.IPv4Addr{192, 0, 2, 2}}
	for range 3 {
		if n := flows.Lookup(f); n != nil {
			*n++
		} else if err := flows.Insert(f, 1); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(*flows.Lookup(f))
	fmt.Println(errors.Is(flows.Insert(f, 0), rex.ErrExist))
	// Output:
	// 3
	// true
}

var errorsSeen = rex.NewPerCPUArray[uint64](1)

func ExamplePerCPUArray() {
	if n := errorsSeen.Lookup(0); n != nil {
		*n++ // no other CPU writes here
	}
	fmt.Println(*errorsSeen.Lookup(0), errorsSeen.Lookup(1) == nil)
	// Output: 1 true
}

func ExampleView() {
	data := []byte{0x00, 0x35, 0xd4, 0x31, 0x00, 0x08, 0x00, 0x00}
	udp, ok := rex.View[packet.UDP](data)
	if !ok {
		return // cut short
	}
	fmt.Println(udp.SrcPort.Get(), udp.DstPort.Get())
	udp.DstPort.Set(53)
	fmt.Printf("% x\n", data[:4])
	// Output:
	// 53 54321
	// 00 35 00 35
}

func ExampleViewAt() {
	data := []byte{0xff, 0x01, 0x02}
	v, ok := rex.ViewAt[packet.BE16](data, 1)
	fmt.Println(v.Get(), ok)
	_, ok = rex.ViewAt[packet.BE16](data, 2)
	fmt.Println(ok)
	// Output:
	// 258 true
	// false
}
