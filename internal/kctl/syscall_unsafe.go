// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ioctl passes arg to the driver, which reads and writes at most len(arg)
// bytes of it: the size is part of the request.
func ioctl(fd int, req uint, arg []byte) error {
	// SAFETY: arg is live during the call and as long as the request says;
	// the conversion stands in the call expression, as unsafe.Pointer's rule
	// 4 asks.
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(req), uintptr(unsafe.Pointer(unsafe.SliceData(arg))))
	if errno != 0 {
		return errno
	}
	return nil
}

// progLoadAttr is union bpf_attr for BPF_PROG_LOAD (include/uapi/linux/bpf.h)
// up to log_true_size.
type progLoadAttr struct {
	progType           uint32
	insnCnt            uint32
	insns              unsafe.Pointer
	license            unsafe.Pointer
	logLevel           uint32
	logSize            uint32
	logBuf             unsafe.Pointer
	kernVersion        uint32
	progFlags          uint32
	progName           [16]byte
	progIfindex        uint32
	expectedAttachType uint32
	progBTFFD          uint32
	funcInfoRecSize    uint32
	funcInfo           uint64
	funcInfoCnt        uint32
	lineInfoRecSize    uint32
	lineInfo           uint64
	lineInfoCnt        uint32
	attachBTFID        uint32
	attachProgFD       uint32
	coreReloCnt        uint32
	fdArray            unsafe.Pointer
	coreRelos          uint64
	coreReloRecSize    uint32
	logTrueSize        uint32
}

// progLoad issues BPF_PROG_LOAD. insns is a whole number of 8-byte
// instructions; log may be empty, then no log is asked for.
func progLoad(progType, attachType, flags uint32, name string, insns []byte, fdArray []int32, log []byte) (int, error) {
	license := []byte("GPL\x00")
	attr := progLoadAttr{
		progType:           progType,
		expectedAttachType: attachType,
		progFlags:          flags,
		insnCnt:            uint32(len(insns) / 8),
		insns:              unsafe.Pointer(unsafe.SliceData(insns)),
		license:            unsafe.Pointer(unsafe.SliceData(license)),
		fdArray:            unsafe.Pointer(unsafe.SliceData(fdArray)),
	}
	copy(attr.progName[:len(attr.progName)-1], name)
	if len(log) > 0 {
		attr.logLevel = 1
		attr.logSize = uint32(len(log))
		attr.logBuf = unsafe.Pointer(unsafe.SliceData(log))
	}
	// SAFETY: attr and everything it points to are kept alive until after the
	// call; the kernel writes only to log, within logSize.
	fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	runtime.KeepAlive(insns)
	runtime.KeepAlive(license)
	runtime.KeepAlive(fdArray)
	runtime.KeepAlive(log)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}
