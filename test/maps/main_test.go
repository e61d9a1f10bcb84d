// SPDX-License-Identifier: Apache-2.0

// Package maps_test uses maps, locks and ring buffers from several CPUs, from
// user space and from plain BPF programs at once, in a real kernel.
package maps_test

import (
	"testing"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// Verdicts of package hold.
const (
	drop = 1
	pass = 2 // the default verdict: the program did not return
)

// totals is hold.Totals as user space sees it.
type totals struct {
	Method, Function, Stored, Failed, Arrived, Seen uint64
}

// cell is hold.Cell as user space sees it.
type cell struct {
	Lock, Zero uint32
	N, M       uint64
}

func TestMain(m *testing.M) { kit.Main(m) }

// load loads an extension for the time of the test, which must leave nothing
// behind.
func load(t *testing.T, name string, opts loader.Options) *loader.Extension {
	t.Helper()
	kit.Need(t)
	return kit.Load(t, name, opts)
}

// What the tests call most, by short names.
var (
	mapOf = kit.Map
	onCPU = kit.OnCPU
	run   = kit.Repeat
)

// packet makes a packet of the smallest size that begins with some bytes.
func packet(b ...byte) []byte { return append(b, make([]byte, 64-len(b))...) }

// together runs two functions on two CPUs at a time.
func together(t *testing.T, a, b func()) {
	t.Helper()
	kit.NeedCPUs(t, 2)
	first, second := onCPU(t, 0, a), onCPU(t, 1, b)
	<-first
	<-second
}

func readTotals(t *testing.T, ext *loader.Extension) (v totals) {
	t.Helper()
	if err := mapOf(t, ext, "totals").Lookup(uint32(0), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// messages returns the texts of the events since the last call.
func messages(t *testing.T, ext *loader.Extension, n int) (all []string) {
	t.Helper()
	for ev, err := range ext.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		t.Log(ev)
		if all = append(all, ev.Message); len(all) == n {
			break
		}
	}
	return all
}
