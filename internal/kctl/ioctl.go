// SPDX-License-Identifier: Apache-2.0

package kctl

// Directions of an ioctl as in include/uapi/asm-generic/ioctl.h: read means
// that the kernel writes to user space.
const (
	iocWrite = 1
	iocRead  = 2
)

// ioc encodes an ioctl request like the C macro _IOC(dir, type, nr, size).
func ioc(dir, typ, nr, size uint) uint {
	return dir<<30 | size<<16 | typ<<8 | nr
}
