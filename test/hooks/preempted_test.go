// SPDX-License-Identifier: Apache-2.0

package hooks_test

import (
	"encoding/binary"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// calls mirrors the extension's type Seen.
type calls struct{ Runs, Errors, LastErr uint64 }

// TestVMPreempted has a program call what allocates, frees and sends, in a thread
// that another one preempts time and again, whose packets run the same program. On
// PREEMPT_RT these calls sleep when they need a lock that a preempted thread has: a
// program that ran there with preemption off made the kernel report "scheduling
// while atomic", which ends the test.
func TestVMPreempted(t *testing.T) {
	needVM(t)
	// Neither thread is to wait for the other's leave to run Go code.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	p, iface := lab(t, "rexp", 11)
	ext := load(t, "preempted")
	if _, err := ext.AttachTC("Move", iface.Index, loader.Egress); err != nil {
		t.Fatal(err)
	}
	if _, err := ext.AttachKprobe("Inside"); err != nil {
		t.Fatal(err)
	}
	// Go's own sockets would have threads of another priority wait for them. Not
	// connected: nobody listens there.
	to := &unix.SockaddrInet4{Addr: p.RemoteIP4.As4(), Port: 7401}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	rounds := kit.Times(t, 1000)

	var sent atomic.Uint64
	var over atomic.Bool
	send := func() {
		if err := unix.Sendto(fd, make([]byte, 200), 0, to); err != nil {
			t.Errorf("send: %v", err)
			over.Store(true)
			return
		}
		sent.Add(1)
	}
	// Packets that wait for the neighbour's address can be dropped.
	send()
	for end := time.Now().Add(kit.Patience); lookup[calls](t, ext, "seen", 0).Runs == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the program does not see a packet")
		}
	}
	trie := getMap(t, ext, "trie")
	key := binary.NativeEndian.AppendUint32(nil, 24)
	key = append(key, 10, 7, 7, 7)
	background := kit.OnCPU(t, 0, func() {
		for !over.Load() {
			send()
			if err := trie.Put(key, uint64(1)); err != nil {
				t.Errorf("update from user space: %v", err)
				return
			}
		}
	})
	preempting := kit.OnCPU(t, 0, func() {
		defer over.Store(true)
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 10}
		if err := unix.SchedSetAttr(0, &attr, 0); err != nil {
			t.Error(err)
			return
		}
		for i := range rounds {
			pause := unix.NsecToTimespec(int64(time.Millisecond) + int64(i)*7919%int64(3*time.Millisecond))
			unix.Nanosleep(&pause, nil)
			send()
		}
	})
	<-preempting
	<-background

	move, inside := lookup[calls](t, ext, "seen", 0), lookup[calls](t, ext, "seen", 1)
	t.Logf("%d packets sent; %+v, inside %+v", sent.Load(), move, inside)
	if move.Runs != sent.Load() || move.Errors != 0 {
		t.Errorf("%d packets sent, the program saw %+v", sent.Load(), move)
	}
	// A probe runs with preemption off, where a trie's lock cannot be waited for.
	want := calls{Runs: inside.Runs}
	if kit.Realtime() {
		want.Errors, want.LastErr = inside.Runs, uint64(rex.ErrBusy)
	}
	if inside != want || inside.Runs < move.Runs {
		t.Errorf("inside: %+v, want %+v", inside, want)
	}
	noEvents(t, ext)
}
