// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"encoding/binary"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// xdpHolder finds which BPF program holds an interface's XDP hook, and its
// link if there is one. It serves an error message: what cannot be found out
// is 0.
func xdpHolder(ifindex int) (prog, linkID uint32) {
	var it link.Iterator
	for it.Next() {
		info, err := it.Link.Info()
		if err != nil || info.Type != link.XDPType {
			continue
		}
		if x := info.XDP(); x != nil && int(x.Ifindex) == ifindex {
			it.Link.Close()
			return uint32(info.Program), uint32(info.ID)
		}
	}
	return netlinkXDP(ifindex), 0
}

// programName returns the name of a loaded BPF program, empty when it cannot
// be found out.
func programName(id uint32) string {
	if id == 0 {
		return ""
	}
	p, err := ebpf.NewProgramFromID(ebpf.ProgramID(id))
	if err != nil {
		return ""
	}
	defer p.Close()
	info, err := p.Info()
	if err != nil {
		return ""
	}
	return info.Name
}

// Attributes of include/uapi/linux/if_link.h.
const (
	iflaXDP        = 43
	iflaXDPProgID  = 4
	iflaXDPDrvID   = 5
	iflaXDPSkbID   = 6
	nlaTypeMask    = 0x3fff // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
	sizeofIfInfo   = 16
	sizeofAttrHead = 4
)

// netlinkXDP asks rtnetlink for the program that is attached without a link.
func netlinkXDP(ifindex int) uint32 {
	rib, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	if err != nil {
		return 0
	}
	msgs, err := syscall.ParseNetlinkMessage(rib)
	if err != nil {
		return 0
	}
	for _, m := range msgs {
		if m.Header.Type != syscall.RTM_NEWLINK || len(m.Data) < sizeofIfInfo {
			continue
		}
		if int(int32(binary.NativeEndian.Uint32(m.Data[4:]))) != ifindex {
			continue
		}
		return xdpAttrs(m.Data[sizeofIfInfo:])
	}
	return 0
}

func xdpAttrs(attrs []byte) (prog uint32) {
	eachAttr(attrs, func(typ uint16, v []byte) {
		if typ != iflaXDP {
			return
		}
		eachAttr(v, func(typ uint16, v []byte) {
			switch typ {
			case iflaXDPProgID, iflaXDPDrvID, iflaXDPSkbID:
				if len(v) == 4 {
					prog = binary.NativeEndian.Uint32(v)
				}
			}
		})
	})
	return prog
}

func eachAttr(b []byte, f func(typ uint16, value []byte)) {
	for len(b) >= sizeofAttrHead {
		n := int(binary.NativeEndian.Uint16(b))
		if n < sizeofAttrHead || n > len(b) {
			return
		}
		f(binary.NativeEndian.Uint16(b[2:])&nlaTypeMask, b[sizeofAttrHead:n])
		b = b[min((n+3)&^3, len(b)):]
	}
}
