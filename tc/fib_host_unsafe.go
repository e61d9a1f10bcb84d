// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package tc

import (
	"unsafe"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

func lookupFIB(p *rex.FIBParams, flags rex.FIBFlags) (rex.FIBResult, error) {
	// SAFETY: a FIBParams is 64 bytes, which hold no references.
	raw := (*[unsafe.Sizeof(*p)]byte)(unsafe.Pointer(p))
	r, errno := sim.LookupFIB(raw, uint32(flags))
	if errno != 0 {
		return 0, rex.Errno(errno)
	}
	return rex.FIBResult(r), nil
}
