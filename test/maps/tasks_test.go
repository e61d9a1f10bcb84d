// SPDX-License-Identifier: Apache-2.0

package maps_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/maps/testdata/taskrefs"
)

// ofTask is a packet for package taskrefs.
func ofTask(pid int, how byte) []byte {
	return packet(append(binary.LittleEndian.AppendUint32(nil, uint32(pid)), how)...)
}

func look(t *testing.T, ext *loader.Extension, pid int) (s taskrefs.Seen) {
	t.Helper()
	if v := run(t, ext, "Look", ofTask(pid, 0), 1); v != drop {
		t.Fatalf("verdict %d", v)
	}
	if err := mapOf(t, ext, "seen").Lookup(uint32(0), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestVMTask: a task by its pid, and what it looks like.
func TestVMTask(t *testing.T) {
	ext := load(t, "taskrefs", loader.Options{})
	cmd := kit.Sleeper(t)
	pid := cmd.Process.Pid
	s := look(t, ext, pid)
	if s.Found != 1 || int(s.Info.PID) != pid || int(s.Info.TGID) != pid || s.Info.UID != 0 || s.Read != s.Info.PID ||
		!bytes.Equal(s.Info.Comm[:6], []byte("sleep\x00")) || s.Info.StartNanos == 0 || s.Info.RunNanos == 0 || s.Info.CgroupID == 0 {
		t.Errorf("%+v", s)
	}
	if int(s.Current.TGID) != os.Getpid() || s.Current.StartNanos >= s.Info.StartNanos || s.Current.RunNanos == 0 {
		t.Errorf("%+v", s.Current)
	}
	for _, none := range []int{0, -1, 1 << 30} {
		if s := look(t, ext, none); s.Found != 0 {
			t.Errorf("pid %d: %+v", none, s)
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	if s := look(t, ext, pid); s.Found != 0 {
		t.Errorf("after its end: %+v", s)
	}
	for how, want := range map[byte]string{0: "use of a task that is not held", 1: "release of a task that is not held"} {
		if v := run(t, ext, "Stale", ofTask(0, how), 1); v != pass {
			t.Errorf("verdict %d", v)
		}
		if m := messages(t, ext, 1)[0]; !strings.HasSuffix(m, want) {
			t.Error(m)
		}
	}
}

// TestVMRingWakeup: a reader that waits is woken up as the flags say.
func TestVMRingWakeup(t *testing.T) {
	ext := load(t, "taskrefs", loader.Options{})
	fd := mapOf(t, ext, "events").FD()
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ep)
	if err := unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(fd)}); err != nil {
		t.Fatal(err)
	}
	// woken waits for at most ms: an edge-triggered event is there only if a
	// record woke the waiting up.
	woken := func(ms int) bool {
		for {
			n, err := unix.EpollWait(ep, make([]unix.EpollEvent, 1), ms)
			if err == unix.EINTR {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			return n > 0
		}
	}
	woken(0) // what adding it may have made ready
	const noWakeup, force = 1, 2
	for way := range byte(2) {
		for _, step := range []struct {
			flags byte
			wakes bool
		}{{noWakeup, false}, {noWakeup, false}, {0, false}, {force, true}, {0, false}, {noWakeup | force, true}} {
			// 0 does not wake up because there are records before that nobody
			// has read.
			if v := run(t, ext, "Wake", packet(step.flags, way), 1); v != drop {
				t.Fatalf("way %d, flags %d: verdict %d", way, step.flags, v)
			}
			wait := 20_000
			if !step.wakes {
				wait = 100
			}
			if got := woken(wait); got != step.wakes {
				t.Errorf("way %d, flags %d: woken up: %v", way, step.flags, got)
			}
		}
		if n := kit.Drain(t, ext, "events"); n != 6 {
			t.Errorf("way %d: %d records", way, n)
		}
		// All is read: the next one wakes up.
		run(t, ext, "Wake", packet(0, way), 1)
		if !woken(20_000) {
			t.Errorf("way %d: a record in an empty ring wakes nobody up", way)
		}
		if n := kit.Drain(t, ext, "events"); n != 1 {
			t.Errorf("way %d: %d records", way, n)
		}
		woken(0)
	}
	if v := run(t, ext, "Wake", packet(4, 0), 1); v != 0 {
		t.Errorf("flags that there are not: verdict %d", v)
	}
	messagesNone(t, ext)
}
