// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex/loader"
)

// TestVMInitPanics: an extension whose package initialisation panics is not
// loaded, and the error is the report.
func TestVMInitPanics(t *testing.T) {
	needVM(t)
	ext, err := loader.Load(object(t, "initpanic"), loader.Options{})
	if err == nil {
		ext.Close()
		t.Fatal("loaded")
	}
	var init *loader.InitError
	if !errors.As(err, &init) || !errors.Is(err, loader.ErrInit) {
		t.Fatalf("err = %+v", err)
	}
	for _, want := range []string{
		"load extension initpanic: package initialisation failed:\npanic: runtime error: index out of range [3] with length 3\n",
		"program init (init), cpu ",
		"\n\ttest/load/testdata/initpanic/initpanic.go:",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

// TestVMStopsAtPanic: by default a panic stops the extension until it is
// resumed.
func TestVMStopsAtPanic(t *testing.T) {
	needVM(t)
	ext := load(t, object(t, "fragile"), loader.Options{})
	good := slices.Repeat([]byte{1}, 64)
	run := func(packet []byte, want uint32) {
		t.Helper()
		res, err := ext.TestRun("Divide", packet)
		if err != nil || res.Verdict != want {
			t.Errorf("verdict %d, %v; want %d", res.Verdict, err, want)
		}
	}
	run(good, drop)
	run(packet, pass) // the default verdict
	if ev := next(t, ext); ev.Message != "panic: runtime error: integer divide by zero" {
		t.Errorf("event: %v", ev)
	}
	if st, err := ext.Stats(); err != nil || !st.Stopped || st.Panics != 1 {
		t.Errorf("stats: %+v, %v", st, err)
	}
	run(good, pass)
	if err := ext.Resume(); err != nil {
		t.Fatal(err)
	}
	run(good, drop)
}
