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
	// Precise, 1 to 3, asks the hardware to say at which instruction a sample
	// was taken (precise_ip; PEBS on Intel's, IBS on AMD's processors). Where it
	// cannot there is no such event. Programs cannot take the stacks of such
	// samples: rex.EOPNOTSUPP.
	Precise uint8
	// CPUs are those to sample on; nil means all that are online.
	CPUs []int
}

func (o PerfEventOptions) eventType() uint32 {
	if o.Type == PerfTypeHardware && !o.Hardware {
		return PerfTypeSoftware
	}
	return o.Type
}

func (o PerfEventOptions) cpus() ([]int, error) {
	if o.CPUs != nil {
		return o.CPUs, nil
	}
	return onlineCPUs()
}

// AttachPerfEvent attaches a perf event program to an event on each of the
// CPUs, one link for each. On error none is left.
//
// Errors match ErrNoProgram, ErrProgramType, ErrNoPerfEvent or ErrClosed.
func (e *Extension) AttachPerfEvent(program string, opts PerfEventOptions) ([]link.Link, error) {
	if opts.Frequency != 0 && opts.Period != 0 {
		return nil, fmt.Errorf("attach %s: both a frequency and a period are given", program)
	}
	opts.Type = opts.eventType()
	if opts.Frequency == 0 && opts.Period == 0 {
		opts.Frequency = 99
	}
	cpus, err := opts.cpus()
	if err != nil {
		return nil, fmt.Errorf("attach %s: %w", program, err)
	}
	var links []link.Link
	for _, cpu := range cpus {
		l, err := e.attach(program, abi.ProgramPerfEvent, func(prog *ebpf.Program, _ string) (link.Link, error) {
			return perfLink(prog, kctl.PerfEvent{
				Type: opts.Type, Config: opts.Config, Frequency: opts.Frequency, Period: opts.Period, Precise: opts.Precise, CPU: cpu,
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

// OpenPerfCounters opens a counter on each of the CPUs and puts them into a
// rex.PerfCounters map, where they count until the extension is closed, or another
// call replaces them. Frequency and period mean nothing for them.
//
// Errors match ErrNoMap or ErrNoPerfEvent.
func (e *Extension) OpenPerfCounters(name string, opts PerfEventOptions) error {
	m, err := e.Map(name)
	if err != nil {
		return err
	}
	cpus, err := opts.cpus()
	if err != nil {
		return fmt.Errorf("open counters %s: %w", name, err)
	}
	for _, cpu := range cpus {
		if err := openCounter(m, kctl.PerfEvent{Type: opts.eventType(), Config: opts.Config, CPU: cpu}); err != nil {
			return fmt.Errorf("open counters %s: %w", name, err)
		}
	}
	return nil
}

// openCounter opens a counter, which the map keeps.
func openCounter(m *ebpf.Map, event kctl.PerfEvent) error {
	fd, err := openPerfEvent(event)
	if err != nil {
		return err
	}
	defer kctl.CloseFD(fd)
	if err := kctl.EnablePerfEvent(fd); err != nil {
		return err
	}
	return m.Put(uint32(event.CPU), uint32(fd))
}

// openPerfEvent opens an event.
func openPerfEvent(event kctl.PerfEvent) (int, error) {
	fd, err := event.Open()
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENODEV) {
		err = fmt.Errorf("%w: type %d, config %d: %w (perf list shows what there is)", ErrNoPerfEvent, event.Type, event.Config, err)
	}
	return fd, err
}

// perfLink opens an event and links the program to it; the link keeps the event.
func perfLink(prog *ebpf.Program, event kctl.PerfEvent) (link.Link, error) {
	fd, err := openPerfEvent(event)
	if err != nil {
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
