// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// PerfEvent describes a perf event as perf_event_open(2) takes it.
type PerfEvent struct {
	// Type and Config name the event (PERF_TYPE_*, PERF_COUNT_*).
	Type   uint32
	Config uint64
	// Frequency is how many samples a second to aim at; when it is 0, Period
	// is how much is counted between two samples.
	Frequency uint64
	Period    uint64
	// Precise is precise_ip, 0 to 3.
	Precise uint8
	// CPU is the one to count on, for all tasks.
	CPU int
}

// Open makes the event, disabled, and returns its file descriptor.
func (e PerfEvent) Open() (int, error) {
	attr := unix.PerfEventAttr{
		Type: e.Type, Config: e.Config, Size: unix.PERF_ATTR_SIZE_VER5,
		Sample: e.Period, Bits: unix.PerfBitDisabled,
	}
	if e.Frequency != 0 {
		attr.Sample = e.Frequency
		attr.Bits |= unix.PerfBitFreq
	}
	if e.Precise > 3 {
		return -1, fmt.Errorf("open perf event on cpu %d: precision %d (the kernel has 0 to 3)", e.CPU, e.Precise)
	}
	attr.Bits |= uint64(e.Precise&1)*unix.PerfBitPreciseIPBit1 | uint64(e.Precise>>1)*unix.PerfBitPreciseIPBit2
	fd, err := unix.PerfEventOpen(&attr, -1, e.CPU, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("open perf event on cpu %d: %w", e.CPU, err)
	}
	return fd, nil
}

// EnablePerfEvent starts the event behind a file descriptor of
// [PerfEvent.Open].
func EnablePerfEvent(fd int) error {
	if err := unix.IoctlSetInt(fd, unix.PERF_EVENT_IOC_ENABLE, 0); err != nil {
		return fmt.Errorf("enable perf event: %w", err)
	}
	return nil
}

// CloseFD closes a file descriptor.
func CloseFD(fd int) error { return unix.Close(fd) }
