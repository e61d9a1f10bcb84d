// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rex": main})
}

// TestScript runs testdata/script/*.txtar. $REX is the path of the rex binary,
// for scripts that change PATH.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			bin, err := exec.LookPath("rex")
			if err != nil {
				return err
			}
			env.Setenv("REX", bin)
			return nil
		},
	})
}
