// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

import "unsafe"

// MapLookup returns the address of the value for the key at key, or nil.
func MapLookup(desc, key unsafe.Pointer) unsafe.Pointer

// MapUpdate stores the value at value; it returns 0 or a negative errno.
func MapUpdate(desc, key, value unsafe.Pointer, flags uint64) int64

// MapDelete removes the entry; it returns 0 or a negative errno.
func MapDelete(desc, key unsafe.Pointer) int64

// Log writes a log record.
func Log(level uint32, text unsafe.Pointer, n int)

// KtimeGetNS is CLOCK_MONOTONIC in nanoseconds.
func KtimeGetNS() uint64

// SMPProcessorID is the number of the current CPU.
func SMPProcessorID() uint32

// FieldOffset is an intrinsic: the byte offset of a member of a kernel struct
// on the kernel that the extension is linked for. Both arguments are string
// constants, for example FieldOffset("xdp_buff", "data").
func FieldOffset(structName, field string) uintptr

// ProbeReadKernel copies n bytes from any kernel address; it returns 0 or a
// negative errno, with dst zeroed.
func ProbeReadKernel(dst unsafe.Pointer, n int, addr uint64) int64

// ProbeReadUser is ProbeReadKernel for the current task's memory.
func ProbeReadUser(dst unsafe.Pointer, n int, addr uint64) int64

// ProbeReadKernelStr copies a string of at most n bytes; it returns its length
// without the zero, or a negative errno.
func ProbeReadKernelStr(dst unsafe.Pointer, n int, addr uint64) int64

// ProbeReadUserStr is ProbeReadKernelStr for the current task's memory.
func ProbeReadUserStr(dst unsafe.Pointer, n int, addr uint64) int64

// CurrentPIDTGID is the current task's tgid (high half) and pid.
func CurrentPIDTGID() uint64

// CurrentUIDGID is the current task's gid (high half) and uid.
func CurrentUIDGID() uint64

// CurrentComm copies the current task's name, 16 bytes.
func CurrentComm(dst unsafe.Pointer)

// CurrentCgroupID is the id of the current task's cgroup.
func CurrentCgroupID() uint64

// CurrentStartTime is when the current task was started, in nanoseconds.
func CurrentStartTime() uint64

// KtimeGetBootNS is CLOCK_BOOTTIME in nanoseconds.
func KtimeGetBootNS() uint64

// KtimeGetCoarseNS is CLOCK_MONOTONIC_COARSE in nanoseconds.
func KtimeGetCoarseNS() uint64

// Jiffies64 is the kernel's tick counter.
func Jiffies64() uint64

// GetPrandomU32 is a pseudo-random number.
func GetPrandomU32() uint32

// NUMANodeID is the NUMA node of the current CPU.
func NUMANodeID() uint32

// PerfEventCounter reads the counter of a sample's perf event into three
// uint64; it returns 0 or a negative errno.
func PerfEventCounter(ctx, dst unsafe.Pointer) int64

// SKBWritable makes a packet's linear part its own; it returns 0 or a negative
// errno.
func SKBWritable(skb unsafe.Pointer) int64

// SKBLoadBytes copies n bytes from anywhere in a packet; it returns 0 or a
// negative errno, with dst zeroed.
func SKBLoadBytes(skb unsafe.Pointer, off int, dst unsafe.Pointer, n int) int64

// SKBTstamp is a packet's time stamp.
func SKBTstamp(skb unsafe.Pointer) uint64

// SKBSetTstamp changes a packet's time stamp.
func SKBSetTstamp(skb unsafe.Pointer, nanoseconds uint64)

// SKBPktType is a packet's type, PACKET_HOST and so on.
func SKBPktType(skb unsafe.Pointer) uint32

// MapPush adds the value at value to a queue, stack or Bloom filter; it
// returns 0 or a negative errno.
func MapPush(desc, value unsafe.Pointer, flags uint64) int64

// MapPop removes a value and writes it to value; it returns 0 or a negative
// errno.
func MapPop(desc, value unsafe.Pointer) int64

// MapPeek writes what MapPop would remove, or looks for value in a Bloom
// filter; it returns 0 or a negative errno.
func MapPeek(desc, value unsafe.Pointer) int64

// MapNextKey writes the key that follows the one at key (nil: the first) to
// next; n counts the calls of one iteration. It returns 0 or a negative errno.
func MapNextKey(desc, key, next unsafe.Pointer, n uint64) int64

// RingbufReserve returns the handle of a new record of size bytes, 0 when
// there is no room.
func RingbufReserve(desc unsafe.Pointer, size uintptr) uint64

// RingbufSubmit publishes the record with the size bytes at data.
func RingbufSubmit(handle uint64, data unsafe.Pointer, size uintptr, flags uint64)

// RingbufDiscard gives the record back.
func RingbufDiscard(handle uint64)

// RingbufOutput publishes a record of the size bytes at data; it returns 0 or
// a negative errno.
func RingbufOutput(desc, data unsafe.Pointer, size uintptr, flags uint64) int64

// Lock takes the lock at lock.
func Lock(lock unsafe.Pointer)

// Unlock releases the lock at lock.
func Unlock(lock unsafe.Pointer)

// XDPAdjustHead moves where a packet begins by delta bytes, which must fit in 32
// bits; it returns 0 or a negative errno.
func XDPAdjustHead(xdp unsafe.Pointer, delta int) int64

// XDPAdjustTail moves where a packet ends by delta bytes, which must fit in 32
// bits; it returns 0 or a negative errno.
func XDPAdjustTail(xdp unsafe.Pointer, delta int) int64

// CurrentTask is the address of the current task's struct task_struct.
func CurrentTask() uint64

// OverrideReturn makes the system call whose entry was probed return value
// without running; it returns 0 or a negative errno.
func OverrideReturn(regs unsafe.Pointer, value uint64) int64

// StackID stores the stack that ctx's program interrupted in the map behind
// desc; it returns its id or a negative errno.
func StackID(ctx, desc unsafe.Pointer, flags uint64) int64

// StackCopy writes the addresses of the stack that ctx's program interrupted to
// the size bytes at dst; it returns how many bytes, or a negative errno.
func StackCopy(ctx, dst unsafe.Pointer, size int, flags uint64) int64

// TaskByPID returns the handle of a task that the invocation holds from now on,
// 0 when there is none with that pid.
func TaskByPID(pid uint32) uint64

// TaskRelease gives the task back.
func TaskRelease(handle uint64)

// GetTaskInfo fills in an abi.TaskInfo; handle 0 is the current task.
func GetTaskInfo(handle uint64, dst unsafe.Pointer)

// PerfOutput writes the size bytes at data to the perf event that flags name; it
// returns 0 or a negative errno.
func PerfOutput(ctx, desc unsafe.Pointer, flags uint64, data unsafe.Pointer, size uintptr) int64

// PerfRead reads the perf event that flags name into three uint64; it returns 0
// or a negative errno.
func PerfRead(desc unsafe.Pointer, flags uint64, dst unsafe.Pointer) int64

// XDPRedirect says that the packet is to leave through an interface; it returns
// the verdict.
func XDPRedirect(ifindex uint32) uint32

// XDPRedirectMap says that the packet is to go where the map's entry says; it
// returns the verdict.
func XDPRedirectMap(desc unsafe.Pointer, key uint32, flags uint64) uint32

// Handle returns p, a map variable's value or a context, for SDK packages that
// cannot see the fields of what it points to. A nil one is a nil pointer
// dereference.
func Handle(p unsafe.Pointer) unsafe.Pointer {
	// SAFETY: nothing is read here.
	return unsafe.Pointer(&(*handle)(p).head)
}

// handle begins with its first byte.
type handle struct{ head byte }
