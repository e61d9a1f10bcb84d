// SPDX-License-Identifier: Apache-2.0

package runtime_test

import (
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/test/kit"
)

// hoard is a kind of resource, or several, as the extension hoard numbers them.
type hoard struct {
	name string
	what byte
	// packet: the program is In, on real packets of which others hold clones.
	packet bool
	// chunk is how many panics' discarded records fit the ring.
	chunk int
}

var kinds = []hoard{
	{"lock", 1, false, 25_000},
	{"two locks", 1 | 2, false, 25_000},
	{"record", 4, false, 25_000},
	{"as much as can be held", 2 | 8, false, 4000},
	{"packet", 16, true, 500},
	{"task", 32, false, 25_000},
	{"packet, locks, record and task", 16 | 2 | 4 | 32, true, 500},
}

// An ending, as hoard numbers them.
const (
	byReturn = iota
	byPanic
	byLoop
	byOverflow
)

// hoarder runs the extension hoard.
type hoarder struct {
	ext    *loader.Extension
	out    int // sends to the interface that In is attached to
	to     unix.SockaddrLinklayer
	clones int // holds a clone of each packet that arrives there
	task   int // the process whose task is held
	usage  uint32
}

func newHoarder(t *testing.T) *hoarder {
	t.Helper()
	a, b := veth(t)
	h := &hoarder{ext: load(t, "hoard"), to: unix.SockaddrLinklayer{Ifindex: b.Index}}
	attached(t)(h.ext.AttachTC("In", a.Index, loader.Ingress))
	open := func(proto uint16) int {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(proto))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		return fd
	}
	h.out = open(0)
	h.clones = open(0x0300) // ETH_P_ALL, in the network's byte order
	if err := unix.SetsockoptInt(h.clones, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(h.clones, &unix.SockaddrLinklayer{Protocol: 0x0300, Ifindex: a.Index}); err != nil {
		t.Fatal(err)
	}
	h.task = kit.Sleeper(t).Process.Pid
	h.usage = h.references(t)
	return h
}

// packet is the order to hold what k says and to end so.
func (h *hoarder) packet(k hoard, how byte) []byte {
	pkt := slices.Clone(packet)
	pkt[14], pkt[15] = k.what, how
	binary.LittleEndian.PutUint32(pkt[20:], uint32(h.task))
	return pkt
}

// references returns how many there are to the task.
func (h *hoarder) references(t *testing.T) (n uint32) {
	t.Helper()
	if v, _, err := h.ext.Benchmark("Usage", h.packet(hoard{}, 0), 1); err != nil || v != drop {
		t.Fatalf("look at the task: verdict %d, %v", v, err)
	}
	if err := kit.Map(t, h.ext, "usage").Lookup(uint32(0), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// run has the program end n times, and waits until it has.
func (h *hoarder) run(t *testing.T, k hoard, how byte, n int) {
	t.Helper()
	pkt := h.packet(k, how)
	if !k.packet {
		want := uint32(pass)
		if how == byReturn {
			want = drop
		}
		if v := kit.Repeat(t, h.ext, "XDP", pkt, n); v != want {
			t.Fatalf("verdict %d", v)
		}
		return
	}
	before, err := h.ext.Stats()
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := unix.Sendto(h.out, pkt, 0, &h.to); err != nil {
			t.Fatal(err)
		}
	}
	// A clone is there for each, with the bytes as they were sent.
	var got [128]byte
	for i := 0; i < n; {
		p := []unix.PollFd{{Fd: int32(h.clones), Events: unix.POLLIN}}
		if r, err := unix.Poll(p, 10_000); r != 1 || err != nil && err != unix.EINTR {
			t.Fatalf("%d of %d packets arrived: %v", i, n, err)
		}
		size, _, err := unix.Recvfrom(h.clones, got[:], 0)
		if err != nil {
			t.Fatal(err)
		}
		if string(got[:size]) == string(pkt) {
			i++
		}
	}
	for range 1000 {
		st, err := h.ext.Stats()
		if err != nil {
			t.Fatal(err)
		}
		if st.Invocations-before.Invocations >= uint64(n) &&
			(how == byReturn || st.Panics+st.Timeouts+st.StackOverflows >= before.Panics+before.Timeouts+before.StackOverflows+uint64(n)) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("not all of %d packets were seen", n)
}

// free fails the test when anything is still held.
func (h *hoarder) free(t *testing.T) {
	t.Helper()
	if n := kit.Drain(t, h.ext, "records"); n != 0 {
		t.Errorf("%d records reached user space", n)
	}
	if v, _, err := h.ext.Benchmark("Free", packet, 1); err != nil || v != drop {
		t.Errorf("not everything is free: verdict %d, %v", v, err)
	}
	if n := h.references(t); n != h.usage {
		t.Errorf("%d references to the task, %d before", n, h.usage)
	}
}

// TestVMHoard: whatever a program holds, and however it ends, the next one
// finds it free.
func TestVMHoard(t *testing.T) {
	needVM(t)
	h := newHoarder(t)
	ends := []string{"return", "panic", "timeout", "stack overflow"}
	const times = 3
	for _, k := range kinds {
		for how, name := range ends {
			t.Run(k.name+"/"+name, func(t *testing.T) {
				before, err := h.ext.Stats()
				if err != nil {
					t.Fatal(err)
				}
				for range times {
					h.run(t, k, byte(how), 1)
					h.free(t)
				}
				want := before
				switch {
				case how == byReturn:
				case how == byOverflow:
					want.StackOverflows += times
				case how == byLoop && k.what&3 == 0:
					want.Timeouts += times
				default: // a holder that loops panics because of the lock
					want.Panics += times
				}
				got, err := h.ext.Stats()
				want.Invocations = got.Invocations
				if err != nil || got != want {
					t.Errorf("%+v, %v, want %+v", got, err, want)
				}
			})
		}
	}
}

// references returns the reference counts of rex.ko and the extension.
func references(t *testing.T) string {
	t.Helper()
	var all []string
	for _, mod := range []string{"rex", "hoard"} {
		raw, err := os.ReadFile("/sys/module/" + mod + "/refcnt")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, mod+" "+strings.TrimSpace(string(raw)))
	}
	return strings.Join(all, ", ")
}

// TestVMHoardForLong: after 100,000 panics with each kind of resource held,
// references and memory in use are what they were.
func TestVMHoardForLong(t *testing.T) {
	needVM(t)
	h := newHoarder(t)
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			panics := kit.Times(t, 100_000)
			h.run(t, k, byPanic, min(k.chunk, 1000)) // fills what is cached for each CPU
			h.free(t)
			before, err := h.ext.Stats()
			if err != nil {
				t.Fatal(err)
			}
			memory, refs := kit.Slabs(t), references(t)
			for left := panics; left > 0; {
				n := min(left, k.chunk)
				h.run(t, k, byPanic, n)
				if n := kit.Drain(t, h.ext, "records"); n != 0 {
					t.Fatalf("%d records reached user space", n)
				}
				left -= n
			}
			h.free(t)
			after, err := h.ext.Stats()
			if err != nil || after.Panics-before.Panics < uint64(panics) || after.Timeouts != before.Timeouts {
				t.Errorf("before: %+v, after: %+v, %v", before, after, err)
			}
			if now := references(t); now != refs {
				t.Errorf("references were %s, are %s", refs, now)
			}
			t.Logf("%d panics, %d slab objects more", panics, kit.CheckSlabs(t, memory, panics))
		})
	}
}
