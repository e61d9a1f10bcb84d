// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/rex-go/rex/examples/anomaly"
)

func TestSamples(t *testing.T) {
	all := []anomaly.Sample{{Features: anomaly.Features{1, 2, 3, 4, 5, 6, 7}}, {Features: anomaly.Features{64}, Anomalous: true}}
	got, err := parse(strings.NewReader(line(all[0]) + "\n" + line(all[1]) + "\n"))
	if err != nil || !slices.Equal(got, all) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"1,2", "0,1,2,3,4,5,6,x", "0,1,2,3,4,5,6,-7"} {
		if _, err := parse(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	var w strings.Builder
	show(&w, anomaly.Learn(all), 0, 0)
	if want := "failed <= 32:\n  normal\nelse:\n  anomalous\n"; w.String() != want {
		t.Errorf("got\n%s", w.String())
	}
	if got, want := describe(all[1].Features), "failed 64"; got != want {
		t.Errorf("got %q", got)
	}
}
