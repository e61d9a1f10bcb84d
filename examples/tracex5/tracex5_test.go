// SPDX-License-Identifier: Apache-2.0

package tracex5

import (
	"slices"
	"testing"

	"github.com/rex-go/rex/rextest"
)

func setUp(t *testing.T) {
	t.Helper()
	rextest.Reset(t)
	*only.Lookup(0) = 7
	rextest.SetTask(t, rextest.Task{PID: 8, TGID: 7})
	rextest.SetMemory(t, nil, map[uint64][]byte{
		0x1000: []byte("hello\n\x00and a long text that goes on and on"),
		0x2000: {2, 0, 0, 80, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		0x3000: {10, 0, 0, 53, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0},
	})
}

func run(t *testing.T, nr int64, args ...uint64) []string {
	t.Helper()
	rec := SysEnter{ID: nr}
	copy(rec.Args[:], args)
	rextest.RunTracepoint(t, Enter, rec, nil)
	var all []string
	for _, c := range rextest.RecordsOf[Call](t, calls) {
		if c.PID != 7 || c.Nr != uint32(nr) {
			t.Errorf("process %d, call %d", c.PID, c.Nr)
		}
		all = append(all, string(c.Text[:c.Len]))
	}
	return all
}

func TestDescribe(t *testing.T) {
	setUp(t)
	const cwd = ^uint64(99)
	for _, c := range []struct {
		want string
		nr   int64
		args []uint64
	}{
		{`write(1, "hello\n", 6)`, 1, []uint64{1, 0x1000, 6}},
		{`write(1, "hello\n\x00and a long text that goes"..., 40)`, 1, []uint64{1, 0x1000, 40}},
		{`write(-1, 0xdead, 6)`, 1, []uint64{0xffff_ffff, 0xdead, 6}},
		{`openat(AT_FDCWD, "hello\n", 0x42, 0x1a4)`, 257, []uint64{cwd, 0x1000, 0x42, 0o644}},
		{`mmap(0x0, 4096, PROT_READ|PROT_EXEC, 0x2, -1, 0)`, 9, []uint64{0, 4096, 5, 2, ^uint64(0), 0}},
		{`mprotect(0x1000, 1, PROT_NONE)`, 10, []uint64{0x1000, 1, 0}},
		{`connect(3, 192.0.2.1:80, 16)`, 42, []uint64{3, 0x2000, 16}},
		{`connect(3, [2001:db8::1]:53, 28)`, 42, []uint64{3, 0x3000, 28}},
		{`connect(3, 0x2000, 1)`, 42, []uint64{3, 0x2000, 1}},
		{`getpid()`, 39, nil},
		{`sys_400(0x1, 0x2, 0x3)`, 400, []uint64{1, 2, 3}},
	} {
		if got := run(t, c.nr, c.args...); !slices.Equal(got, []string{c.want}) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	*only.Lookup(0) = 9
	if got := run(t, 39); got != nil {
		t.Errorf("another process: %q", got)
	}
}

func TestRules(t *testing.T) {
	setUp(t)
	*strict.Lookup(0) = 1
	for nr, r := range map[uint32]Rule{39: {}, 1: {Equal, 0, 2}, 3: {Unequal, 0, 4}, 10: {AnyOf, 2, 4}} {
		if err := rules.Update(nr, r); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		nr   int64
		args []uint64
		want int
	}{
		{39, nil, 1}, {0, nil, 0},
		{1, []uint64{2, 0, 0}, 1}, {1, []uint64{1, 0, 0}, 0},
		{3, []uint64{4}, 0}, {3, []uint64{5}, 1},
		{10, []uint64{0, 0, 7}, 1}, {10, []uint64{0, 0, 3}, 0},
	} {
		if got := run(t, c.nr, c.args...); len(got) != c.want {
			t.Errorf("call %d %v: %q", c.nr, c.args, got)
		}
	}
}
