// SPDX-License-Identifier: Apache-2.0

package anomaly

import (
	"math/rand/v2"
	"testing"

	"github.com/rex-go/rex/rextest"
)

func classify(tree []Node, f Features) bool {
	return Classify(func(i uint32) *Node {
		if int(i) >= len(tree) {
			return nil
		}
		return &tree[i]
	}, &f)
}

// samples are windows of which those that fail often while they look at files,
// and those with much network and many processes, are anomalous.
func samples(n int, seed uint64) (all []Sample) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range n {
		var s Sample
		for f := range s.Features {
			s.Features[f] = rnd.Uint32N(Window)
		}
		s.Anomalous = s.Features[Failed] > 30 && s.Features[Files] > 20 || s.Features[Network] > 50 && s.Features[Process] > 10
		all = append(all, s)
	}
	return all
}

func TestLearn(t *testing.T) {
	tree := Learn(samples(2000, 1))
	if len(tree) < 5 || len(tree) > MaxNodes {
		t.Fatalf("%d nodes", len(tree))
	}
	wrong := 0
	other := samples(2000, 2)
	for _, s := range other {
		if classify(tree, s.Features) != s.Anomalous {
			wrong++
		}
	}
	if wrong > len(other)/50 {
		t.Errorf("%d of %d other samples are judged wrongly", wrong, len(other))
	}
	// One kind of samples is a leaf, and no samples are normal.
	if got := Learn([]Sample{{Anomalous: true}, {Anomalous: true}}); len(got) != 1 || got[0].Anomalous != 1 {
		t.Errorf("%+v", got)
	}
	if got := Learn(nil); len(got) != 1 || got[0].Anomalous != 0 {
		t.Errorf("%+v", got)
	}
}

func TestClassifyEnds(t *testing.T) {
	// A tree that goes round in circles, or out of bounds, ends.
	for _, tree := range [][]Node{{{Left: 1, Right: 1}, {}}, {{Left: 9, Right: 9}}, {{Feature: 1 << 30}}, nil} {
		classify(tree, Features{})
	}
}

func TestOnExit(t *testing.T) {
	rextest.Reset(t)
	// Anomalous: more than 10 failures.
	*tree.Lookup(0) = Node{Feature: Failed, Threshold: 10, Left: 1, Right: 2}
	tree.Lookup(2).Anomalous = 1
	config.Lookup(0).Self = 9
	window := func(pid uint32, call int64, failures int) []Report {
		rextest.SetTask(t, rextest.Task{PID: pid, TGID: pid, Comm: "prog"})
		for i := range Window {
			ret := int64(0)
			if i < failures {
				ret = -2
			}
			rextest.RunTracepoint(t, OnExit, SysExit{ID: call + int64(i%2), Ret: ret}, nil)
		}
		return rextest.RecordsOf[Report](t, reports)
	}
	if got := window(7, 0, 10); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	got := window(7, 41, 11)
	want := Features{Failed: 11, Distinct: 2, Network: Window}
	if len(got) != 1 || got[0].PID != 7 || got[0].Anomalous != 1 || got[0].Features != want || string(got[0].Comm[:5]) != "prog\x00" {
		t.Errorf("%+v", got)
	}
	if got := window(9, 41, 11); len(got) != 0 {
		t.Errorf("the reader is watched: %+v", got)
	}
	config.Lookup(0).All = 1
	if got := window(8, 0, 0); len(got) != 1 || got[0].Anomalous != 0 || got[0].Features[Transfer] != Window {
		t.Errorf("%+v", got)
	}
	if *stats.Lookup(0) != 3 || *stats.Lookup(1) != 1 {
		t.Errorf("%d windows, %d anomalous", *stats.Lookup(0), *stats.Lookup(1))
	}
	// Numbers that no call has.
	window(6, -1, 0)
	window(6, 1<<40, 0)
}
