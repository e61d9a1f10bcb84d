// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rex-go/rex/internal/image"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rex": main})
}

// TestScript runs testdata/script/*.txtar. Besides what testscript has there
// are:
//
//   - $REX, the path of the rex binary, for scripts that change PATH
//   - a go.mod in a script requires this repository, and rex new finds the SDK
//     in it
//   - the condition [btf]: the running kernel has BTF
//   - the command "corrupt HOW OBJECT FILE", which writes a damaged copy of an
//     object
func TestScript(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	caches := strings.Fields(string(out))
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			bin, err := exec.LookPath("rex")
			if err != nil {
				return err
			}
			env.Setenv("REX", bin)
			env.Setenv("GOCACHE", caches[0])
			env.Setenv("GOMODCACHE", caches[1])
			env.Setenv("GOPROXY", "off")
			env.Setenv("GOFLAGS", "")
			env.Setenv("REX_SDK", root)
			return requireSDK(filepath.Join(env.WorkDir, "go.mod"), root)
		},
		Condition: func(cond string) (bool, error) {
			if cond != "btf" {
				return false, fmt.Errorf("unknown condition %q", cond)
			}
			_, err := os.Stat("/sys/kernel/btf/vmlinux")
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"corrupt": corrupt},
	})
}

// requireSDK adds this repository to a script's go.mod, if it has one.
func requireSDK(gomod, root string) error {
	f, err := os.OpenFile(gomod, os.O_APPEND|os.O_WRONLY, 0)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(f, "\ngo 1.26.0\n\nrequire github.com/rex-go/rex v0.0.0\n\nreplace github.com/rex-go/rex => %s\n", root)
	return f.Close()
}

// corrupt damages an object in one of the ways that a loader must notice.
func corrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: corrupt truncate|abi|undefined OBJECT FILE")
	}
	raw, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	obj, err := image.Read(raw)
	ts.Check(err)
	switch args[0] {
	case "truncate":
		raw = raw[:len(raw)/2]
	case "abi":
		obj.Meta.ABIVersion++
		obj.Meta.ABIHash = 0xabc
		raw, err = obj.Bytes()
	case "undefined":
		obj.Undefined()[0].Name = "commit_creds"
		raw, err = obj.Bytes()
	default:
		ts.Fatalf("corrupt: unknown way %s", args[0])
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), raw, 0o600))
}
