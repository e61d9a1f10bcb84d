// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"testing"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/test/parity/testdata/kinds"
)

func kindOnHost(t *testing.T, scenario int) told {
	t.Helper()
	o := tellHost(t, report.Input{Case: uint32(scenario)}, func() (uint32, []byte) {
		v, _ := rextest.RunXDP(t, kinds.Run, udp4)
		return uint32(v), nil
	})
	o.records = rextest.Records(kinds.Events)
	return o
}

// TestKindsHost compares the host implementation with golden/kinds.txt.
func TestKindsHost(t *testing.T) {
	rextest.Reset(t)
	all := map[string]told{}
	var names []string
	for i, s := range kinds.All {
		all[s.Name] = kindOnHost(t, i)
		names = append(names, s.Name)
	}
	golden(t, "kinds", names, all)
}

// TestVMKinds compares the kernel with the host implementation.
func TestVMKinds(t *testing.T) {
	kit.Need(t)
	rextest.Reset(t)
	ext := kit.Load(t, "kinds", loader.Options{})
	for i, s := range kinds.All {
		want := kindOnHost(t, i)
		got := tellKernel(t, ext, report.Input{Case: uint32(i)}, func() (uint32, []byte) {
			res, err := ext.TestRun("Run", udp4)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			return res.Verdict, nil
		})
		got.records = records(t, ext)
		same(t, s.Name, got, want)
	}
}
