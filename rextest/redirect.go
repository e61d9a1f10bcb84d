// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/xdp"
)

// SetTarget puts an entry into a map that XDP programs redirect to, as user space
// does: the value is an interface's index, a queue's length or a socket. It returns
// rex.ErrTooBig when there is no room or no such key. In a kernel (VM) the next run
// skips the test when the machine has no such interface, CPU or socket.
func SetTarget[M *rex.DevMap | *rex.DevMapHash | *rex.CPUMap | *rex.XSKMap](m M, key, value uint32) error {
	t, ok := sim.TargetMaps.Load(m)
	if !ok {
		return rex.ErrInvalid
	}
	if errno := t.(*sim.Targets).Set(key, value); errno != 0 {
		return rex.Errno(errno)
	}
	return nil
}

// Redirect is where an XDP program has sent its packet.
type Redirect struct {
	// Ifindex is what xdp.Context.Redirect was given; it is 0 when the packet
	// went to a map.
	Ifindex uint32
	// Map is the map's variable, Key and Flags what xdp.RedirectMap was given,
	// Value the entry.
	Map   any
	Key   uint32
	Flags xdp.RedirectFlags
	Value uint32
}

// Redirected returns where the last packet went whose program returned
// xdp.Redirect.
func Redirected() Redirect {
	if inKernel() && lastRun != nil {
		simulated(lastRun, "Redirected")
	}
	r := sim.Redirected()
	return Redirect{Ifindex: r.Ifindex, Map: r.Map, Key: r.Key, Flags: xdp.RedirectFlags(r.Flags), Value: r.Value}
}
