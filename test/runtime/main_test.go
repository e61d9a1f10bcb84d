// SPDX-License-Identifier: Apache-2.0

// Package runtime_test puts rex.ko under stress in a real kernel and looks for
// what is left behind. It runs as root in a throw-away VM (rex vm) and skips
// everywhere else; what the kernel reports meanwhile makes the VM fail.
package runtime_test

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// envStorm makes the storms longer than make test has time for: it is the
// number of rounds ("make storm").
const envStorm = "REX_STORM"

// rounds is how often a storm goes round.
func rounds(t testing.TB, usual int) int {
	t.Helper()
	s := os.Getenv(envStorm)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q", envStorm, s)
	}
	return n
}

func TestMain(m *testing.M) { kit.Main(m) }

// What the tests call most, by short names.
var (
	needVM     = kit.Need
	object     = kit.Object
	objectPath = kit.ObjectPath
	snapshot   = kit.TakeSnapshot
	settle     = kit.Settle
)

// load loads an extension and unloads it at the test's end.
func load(t testing.TB, name string) *loader.Extension {
	t.Helper()
	return kit.Load(t, name, loader.Options{})
}

// veth makes a pair of interfaces that are up.
func veth(t testing.TB) (a, b *net.Interface) {
	t.Helper()
	command(t, "ip", "link", "add", "rexr0", "type", "veth", "peer", "name", "rexr1")
	t.Cleanup(func() { command(t, "ip", "link", "del", "rexr0") })
	var ends [2]*net.Interface
	for i := range ends {
		name := fmt.Sprint("rexr", i)
		command(t, "ip", "link", "set", name, "up")
		iface, err := net.InterfaceByName(name)
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = iface
	}
	return ends[0], ends[1]
}

func command(t testing.TB, name string, args ...string) {
	t.Helper()
	kit.Command(t, name, args...)
}

// packet is a frame that Count counts.
var packet = func() []byte {
	b := make([]byte, 64)
	b[12], b[13] = 0x88, 0xb5
	return b
}()

// XDP verdicts.
const (
	drop = 1
	pass = 2
)
