// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/kctl"
)

// Perf events that every machine has (PERF_TYPE_SOFTWARE and its PERF_COUNT_SW_*
// of include/uapi/linux/perf_event.h).
const (
	PerfTypeHardware = 0
	PerfTypeSoftware = 1

	PerfCPUClock        = 0
	PerfTaskClock       = 1
	PerfPageFaults      = 2
	PerfContextSwitches = 3
)

// PerfEventOptions say what to sample. The zero value is the CPU clock, 99 times
// a second, on every CPU that is online.
type PerfEventOptions struct {
	// Type and Config name the event; a zero Type with a zero Config and no
	// Hardware means the CPU clock.
	Type   uint32
	Config uint64
	// Hardware makes a zero Type mean PERF_TYPE_HARDWARE.
	Hardware bool
	// Frequency is how many samples a second to aim at, Period how much is
	// counted between two samples; at most one is given.
	Frequency, Period uint64
	// CPUs are those to sample on; nil means all that are online.
	CPUs []int
}

// AttachPerfEvent attaches a perf event program to an event on each of the
// CPUs, one link for each. On error none is left.
//
// Errors match ErrNoProgram, ErrProgramType, ErrNoPerfEvent or ErrClosed.
func (e *Extension) AttachPerfEvent(program string, opts PerfEventOptions) ([]link.Link, error) {
	if opts.Frequency != 0 && opts.Period != 0 {
		return nil, fmt.Errorf("attach %s: both a frequency and a period are given", program)
	}
	if opts.Type == PerfTypeHardware && !opts.Hardware {
		opts.Type = PerfTypeSoftware
	}
	if opts.Frequency == 0 && opts.Period == 0 {
		opts.Frequency = 99
	}
	cpus := opts.CPUs
	if cpus == nil {
		var err error
		if cpus, err = onlineCPUs(); err != nil {
			return nil, fmt.Errorf("attach %s: %w", program, err)
		}
	}
	var links []link.Link
	for _, cpu := range cpus {
		l, err := e.attach(program, abi.ProgramPerfEvent, func(prog *ebpf.Program, _ string) (link.Link, error) {
			return perfLink(prog, kctl.PerfEvent{
				Type: opts.Type, Config: opts.Config, Frequency: opts.Frequency, Period: opts.Period, CPU: cpu,
			})
		})
		if err != nil {
			for _, l := range links {
				closeLink(l)
			}
			return nil, err
		}
		links = append(links, l)
	}
	return links, nil
}

// perfLink opens an event and links the program to it; the link keeps the event.
func perfLink(prog *ebpf.Program, event kctl.PerfEvent) (link.Link, error) {
	fd, err := event.Open()
	if err != nil {
		switch {
		case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENODEV):
			return nil, fmt.Errorf("%w: type %d, config %d: %w (perf list shows what there is)", ErrNoPerfEvent, event.Type, event.Config, err)
		}
		return nil, err
	}
	defer kctl.CloseFD(fd)
	l, err := link.AttachRawLink(link.RawLinkOptions{Target: fd, Program: prog, Attach: ebpf.AttachPerfEvent})
	if err != nil {
		return nil, fmt.Errorf("link to perf event on cpu %d: %w", event.CPU, err)
	}
	if err := kctl.EnablePerfEvent(fd); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}
