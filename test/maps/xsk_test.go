// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"bytes"
	"sync/atomic"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
)

const (
	xskFrames = 4
	xskSize   = 4096
)

// xsk is an AF_XDP socket that receives (Documentation/networking/af_xdp.rst).
type xsk struct {
	fd         int
	umem, ring []byte
	rx         unix.XDPRingOffset
}

func setsockopt(t *testing.T, fd, opt int, v unsafe.Pointer, size uintptr) {
	t.Helper()
	if _, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_XDP, uintptr(opt), uintptr(v), size, 0); errno != 0 {
		t.Fatalf("AF_XDP option %d: %v", opt, errno)
	}
}

// word is a ring's 32-bit number at an offset.
func word(ring []byte, off uint64) *uint32 { return (*uint32)(unsafe.Pointer(&ring[off])) }

// newXSK binds a socket to a queue of an interface.
func newXSK(t *testing.T, ifindex int) *xsk {
	t.Helper()
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &xsk{fd: fd}
	t.Cleanup(func() { unix.Close(fd) })
	mmap := func(fd int, off int64, size, flags int) []byte {
		t.Helper()
		b, err := unix.Mmap(fd, off, size, unix.PROT_READ|unix.PROT_WRITE, flags|unix.MAP_POPULATE)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Munmap(b) })
		return b
	}
	s.umem = mmap(-1, 0, xskFrames*xskSize, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	reg := unix.XDPUmemReg{Addr: uint64(uintptr(unsafe.Pointer(&s.umem[0]))), Len: uint64(len(s.umem)), Size: xskSize}
	setsockopt(t, fd, unix.XDP_UMEM_REG, unsafe.Pointer(&reg), unsafe.Sizeof(reg))
	n := int32(xskFrames)
	for _, ring := range []int{unix.XDP_UMEM_FILL_RING, unix.XDP_UMEM_COMPLETION_RING, unix.XDP_RX_RING} {
		setsockopt(t, fd, ring, unsafe.Pointer(&n), unsafe.Sizeof(n))
	}
	var off unix.XDPMmapOffsets
	size := uint32(unsafe.Sizeof(off))
	if _, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_XDP, unix.XDP_MMAP_OFFSETS, uintptr(unsafe.Pointer(&off)), uintptr(unsafe.Pointer(&size)), 0); errno != 0 {
		t.Fatal(errno)
	}
	s.rx = off.Rx
	s.ring = mmap(fd, unix.XDP_PGOFF_RX_RING, int(off.Rx.Desc)+xskFrames*int(unsafe.Sizeof(unix.XDPDesc{})), unix.MAP_SHARED)
	fill := mmap(fd, unix.XDP_UMEM_PGOFF_FILL_RING, int(off.Fr.Desc)+xskFrames*8, unix.MAP_SHARED)
	for i := range uint64(xskFrames) {
		*(*uint64)(unsafe.Pointer(&fill[off.Fr.Desc+8*i])) = i * xskSize
	}
	atomic.StoreUint32(word(fill, off.Fr.Producer), xskFrames)
	if err := unix.Bind(fd, &unix.SockaddrXDP{Flags: unix.XDP_COPY, Ifindex: uint32(ifindex)}); err != nil {
		t.Fatal(err)
	}
	return s
}

// receive returns the next packet, nil when none comes for a time.
func (s *xsk) receive(t *testing.T, ms int) []byte {
	t.Helper()
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, ms)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return nil
		}
		break
	}
	at := *word(s.ring, s.rx.Consumer)
	if at == atomic.LoadUint32(word(s.ring, s.rx.Producer)) {
		t.Fatal("woken up without a packet")
	}
	desc := (*unix.XDPDesc)(unsafe.Pointer(&s.ring[s.rx.Desc+uint64(at%xskFrames)*uint64(unsafe.Sizeof(unix.XDPDesc{}))]))
	pkt := bytes.Clone(s.umem[desc.Addr : desc.Addr+uint64(desc.Len)])
	atomic.StoreUint32(word(s.ring, s.rx.Consumer), at+1)
	return pkt
}

// TestVMRedirectSocket: an AF_XDP socket receives the packets that a program hands
// it; without a socket they are dropped.
func TestVMRedirectSocket(t *testing.T) {
	ext := load(t, "redirect", loader.Options{})
	for name, flags := range modes {
		t.Run(name, func(t *testing.T) {
			in := newWire(t, "xa")
			attachXDP(t, ext, "Socket", in.near.Index, flags)
			in.send(t, frame()) // dropped
			s := newXSK(t, in.near.Index)
			put(t, ext, "socks", 0, uint32(s.fd))
			for range 3 {
				f := frame()
				in.send(t, f)
				if got := s.receive(t, 20_000); !bytes.Equal(got, f) {
					t.Errorf("sent % x, received % x", f, got)
				}
			}
			if err := mapOf(t, ext, "socks").Delete(uint32(0)); err != nil {
				t.Fatal(err)
			}
			in.send(t, frame())
			if got := s.receive(t, 200); got != nil {
				t.Errorf("received % x without a place in the map", got)
			}
		})
	}
	ended(t, ext)
}
