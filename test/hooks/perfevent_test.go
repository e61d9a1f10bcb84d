// SPDX-License-Identifier: Apache-2.0

package hooks_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// sample mirrors the extension's type.
type sample struct {
	Count, User, Kernel, BadPeriod uint64
	Period, Value, Enabled         uint64
	Running, Address, Errors       uint64
}

// TestVMPerfEvent: the CPU clock's samples, with registers, period and counter.
func TestVMPerfEvent(t *testing.T) {
	needVM(t)
	ext := load(t, "hooks")
	period := kit.Apart(t, 1_000_000)
	links, err := ext.AttachPerfEvent("Profile", loader.PerfEventOptions{Period: period})
	if err != nil {
		t.Fatal(err)
	}
	if len(links) < 1 {
		t.Fatal("no links")
	}
	for _, l := range links {
		shown(t, l, "perf_event")
	}
	samples := func() (all []sample) {
		t.Helper()
		if err := getMap(t, ext, "samples").Lookup(uint32(0), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	// Until there are some of this busy loop.
	var s sample
	for s.User < 20 {
		for i := range 1_000_000 {
			sink += i
		}
		s = sample{}
		for _, c := range samples() {
			s.User += c.User
		}
	}
	for cpu, c := range samples() {
		if c.Count == 0 {
			continue // an idle CPU's clock stands still
		}
		if c.Count != c.User+c.Kernel || c.Errors != 0 || c.Period != period || c.Value < c.Count*period || c.Enabled == 0 || c.Address != 0 {
			t.Errorf("cpu %d: %+v", cpu, c)
		}
	}
	for _, l := range links {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	before := samples()
	time.Sleep(20 * time.Millisecond)
	for cpu, c := range samples() {
		if c.Count != before[cpu].Count {
			t.Errorf("cpu %d: %d samples after detaching", cpu, c.Count-before[cpu].Count)
		}
	}
	if _, err := ext.AttachPerfEvent("Profile", loader.PerfEventOptions{Hardware: true, Config: 1 << 40}); !errors.Is(err, loader.ErrNoPerfEvent) {
		t.Errorf("an event that does not exist: %v", err)
	}
	if _, err := ext.AttachPerfEvent("Profile", loader.PerfEventOptions{CPUs: []int{0, 999}}); err == nil {
		t.Error("attached to a CPU that does not exist")
	}
	noEvents(t, ext)
}

var sink int
