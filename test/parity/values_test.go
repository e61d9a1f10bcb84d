// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"bytes"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/test/parity/testdata/values"
)

// packets are what scenarios of package values run on, by the scenario; the
// others get udp4.
var packets = map[string][]namedPacket{
	"packet":     allPackets,
	"rewrite":    allPackets,
	"cut off":    {{"UDP", udp4}, {"options", tcpOptions}, {"IPv6", udp6}, {"GRE", gre}},
	"byte order": {{"UDP", udp4}},
}

type namedPacket struct {
	name string
	data []byte
}

var (
	tcpOptions = rextest.Packet(rextest.Ethernet{}, rextest.IPv4{Options: []byte{1, 1, 1, 1}, ID: 7}, rextest.TCP{
		SrcPort: 4000, DstPort: 80, Flags: 0x12, Window: 1000,
		Options: []byte{2, 4, 5, 0xb4, 1, 3, 3, 7, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 4, 2},
	}, rextest.Text("GET / HTTP/1.1"))
	question = "\x12\x34\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x1c\x00\x01"
	gre      = rextest.Packet(rextest.Ethernet{}, rextest.IPv4{Protocol: 47}, rextest.Payload("\xb0\x00\x08\x00\x00\x00\x00\x00\x01\x02\x03\x04\x00\x00\x00\x05inner"))
)

var allPackets = []namedPacket{
	{"UDP", udp4},
	{"UDP in IPv6", udp6},
	{"ARP", arp},
	{"TCP", tcpOptions},
	{"TCP in IPv6", rextest.Packet(rextest.Ethernet{}, rextest.IPv6{TrafficClass: 3, FlowLabel: 0xabcde}, rextest.TCP{SrcPort: 1, DstPort: 2, Flags: 2})},
	{"VLAN", rextest.Packet(rextest.Ethernet{}, rextest.VLAN{ID: 4000, Priority: 5, Outer: true}, rextest.VLAN{ID: 1}, rextest.IPv4{}, rextest.UDP{DstPort: 53}, rextest.Text(question))},
	{"DNS", rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53}, rextest.Text(question))},
	{"short DNS", rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 53}, rextest.Text(question[:20]))},
	{"ICMP", rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.ICMP{ID: 77, Seq: 3}, rextest.Text("ping"))},
	{"ICMP in IPv6", rextest.Packet(rextest.Ethernet{}, rextest.IPv6{}, rextest.ICMPv6{ID: 78, Seq: 4}, rextest.Text("ping"))},
	{"extensions", rextest.Packet(rextest.Ethernet{}, rextest.IPv6{}, rextest.Extension{Type: 0}, rextest.Extension{Type: 60, Data: make([]byte, 20)}, rextest.UDP{DstPort: 53}, rextest.Text(question))},
	{"fragment", rextest.Packet(rextest.Ethernet{}, rextest.IPv6{}, rextest.Extension{Type: 44, FragmentOffset: 64, MoreFragments: true}, rextest.Text("the middle of it"))},
	{"IPv4 fragment", rextest.Packet(rextest.Ethernet{}, rextest.IPv4{Protocol: 17, FragmentOffset: 64, MoreFragments: true}, rextest.Text("the middle of it"))},
	{"GRE", gre},
	{"VXLAN", rextest.Packet(rextest.Ethernet{}, rextest.IPv4{}, rextest.UDP{DstPort: 4789}, rextest.Payload("\x08\x00\x00\x00\x12\x34\x56\x00frame"))},
	{"Ethernet only", rextest.Packet(rextest.Ethernet{Type: 0x1234})},
	{"cut IPv4", udp4[:30]},
	{"cut IPv6", udp6[:50]},
}

// runs calls f for each scenario and packet.
func valueRuns(f func(name string, scenario int, pkt []byte)) {
	for i, s := range values.All {
		list := packets[s.Name]
		if list == nil {
			f(s.Name, i, udp4)
		}
		for _, p := range list {
			f(s.Name+", "+p.name, i, p.data)
		}
	}
}

// machine is what user space knows of the calling thread and of its memory.
type machine struct {
	task rextest.Task
	// page is user memory, with nothing behind it.
	page []byte
	// ifindex is the interface's with the routes of network.
	ifindex uint32
}

func clock(t *testing.T, id int32) uint64 {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		t.Fatal(err)
	}
	return uint64(ts.Nano())
}

// threadName is what the calling thread is called.
const threadName = "parity"

// know finds out about the calling thread, which the caller has locked and which
// ends with the test.
func know(t *testing.T) (m machine) {
	t.Helper()
	if err := os.WriteFile("/proc/thread-self/comm", []byte(threadName), 0); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		// The process's other threads keep their group.
		if err := unix.Setresgid(1234, 1234, 0); err != nil {
			t.Fatal(err)
		}
	}
	// See proc_pid_stat(5): what follows the name begins with field 3.
	stat, err := os.ReadFile("/proc/thread-self/stat")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	start, err := strconv.ParseUint(fields[22-3], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	const hz = 100 // of what user space sees
	m.task = rextest.Task{
		PID: uint32(unix.Gettid()), TGID: uint32(os.Getpid()), UID: uint32(os.Geteuid()), GID: uint32(unix.Getegid()),
		Comm: threadName, StartNanos: start * (1e9 / hz), RunNanos: 1, CgroupID: cgroup(t),
	}
	mem, err := unix.Mmap(-1, 0, 2*values.Page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(mem) })
	m.page = mem[:values.Page]
	for i := range m.page {
		m.page[i] = byte(1 + i%251)
	}
	m.page[values.Zero], m.page[values.Zero2] = 0, 0
	if err := unix.Mlock(m.page); err != nil {
		t.Logf("lock memory: %v", err) // it may be in memory all the same
	}
	if err := unix.Mprotect(mem[values.Page:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return m
}

// cgroup returns the id of the process's cgroup.
func cgroup(t *testing.T) uint64 {
	t.Helper()
	all, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(all)) {
		if dir, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			var st unix.Stat_t
			if err := unix.Stat("/sys/fs/cgroup"+dir, &st); err == nil && dir != "/" {
				return st.Ino
			}
		}
	}
	return 1 // the root
}

func (m *machine) addr() uint64 { return uint64(reflect.ValueOf(m.page).Pointer()) }

// simulate makes the simulated machine like this one.
func (m *machine) simulate(t *testing.T) {
	t.Helper()
	rextest.Reset(t)
	rextest.SetMemory(t, nil, map[uint64][]byte{m.addr(): m.page})
	leader := rextest.KernelStruct(t, "task_struct", rextest.Fields{"pid": m.task.TGID, "tgid": m.task.TGID})
	rextest.SetKernel(t, leader, "task_struct", rextest.Fields{"group_leader": leader})
	var comm [16]byte
	copy(comm[:], threadName)
	m.task.Address = rextest.KernelStruct(t, "task_struct", rextest.Fields{
		"pid": m.task.PID, "tgid": m.task.TGID, "comm": comm, "group_leader": leader,
	})
	rextest.SetTaskStruct(t, m.task.Address)
	rextest.SetTask(t, m.task)
	rextest.WithoutField(t, "task_struct", "no_such_member")
	rextest.WithoutField(t, "no_such_struct", "member")
	simulateNetwork(t, m.ifindex)
	// It comes before no other clock.
	rextest.SetClock(t, func() uint64 { return clock(t, unix.CLOCK_BOOTTIME) })
}

// input tells a scenario what the machine is like.
func (m *machine) input(t *testing.T, scenario int) report.Input {
	t.Helper()
	in := report.Input{Case: uint32(scenario), Args: [8]uint64{
		clock(t, unix.CLOCK_MONOTONIC), clock(t, unix.CLOCK_BOOTTIME), clock(t, unix.CLOCK_MONOTONIC_COARSE),
		uint64(m.task.PID), uint64(m.task.TGID), uint64(m.task.GID)<<32 | uint64(m.task.UID), m.task.StartNanos, m.task.CgroupID,
	}}
	switch name := values.All[scenario].Name; {
	case strings.HasPrefix(name, "user "):
		in.Args[0] = m.addr()
	case strings.HasPrefix(name, "route"):
		in.Args[0] = uint64(m.ifindex)
	}
	return in
}

// notLater: the times that a scenario has read have passed.
func notLater(t *testing.T, where string, times [4]uint64) {
	t.Helper()
	if now := [4]uint64{clock(t, unix.CLOCK_BOOTTIME), clock(t, unix.CLOCK_BOOTTIME), clock(t, unix.CLOCK_BOOTTIME)}; times[0] > now[0] || times[1] > now[1] || times[2] > now[2] {
		t.Errorf("%s: clocks at %d, which is %d now", where, times, now)
	}
}

func valueOnHost(t *testing.T, m *machine, scenario int, pkt []byte) told {
	t.Helper()
	run := func() (uint32, []byte) {
		v, out := rextest.RunXDP(t, values.Run, pkt)
		return uint32(v), out
	}
	if values.All[scenario].Name != "print" {
		o := tellHost(t, m.input(t, scenario), run)
		notLater(t, "host", o.times)
		return o
	}
	// What print writes to standard error is a record of LevelInfo in the kernel.
	var o told
	for line := range strings.Lines(standardError(t, func() { o = tellHost(t, m.input(t, scenario), run) })) {
		o.logs = append(o.logs, rextest.LogRecord{Level: rex.LevelInfo, Msg: line})
	}
	return o
}

// standardError returns what f writes there.
func standardError(t *testing.T, f func()) string {
	t.Helper()
	const fd = 2
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	old, err := unix.Dup(fd)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(old)
	if err := unix.Dup3(int(file.Fd()), fd, 0); err != nil {
		t.Fatal(err)
	}
	func() {
		defer unix.Dup3(old, fd, 0)
		f()
	}()
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestValuesHost compares the host implementation with golden/values.txt.
func TestValuesHost(t *testing.T) {
	runtime.LockOSThread()
	m := know(t)
	m.ifindex = 42
	m.simulate(t)
	all := map[string]told{}
	var names []string
	valueRuns(func(name string, scenario int, pkt []byte) {
		all[name] = valueOnHost(t, &m, scenario, pkt)
		names = append(names, name)
	})
	golden(t, "values", names, all)
}

// TestVMValues compares the kernel with the host implementation.
func TestVMValues(t *testing.T) {
	kit.Need(t)
	runtime.LockOSThread()
	var cpus unix.CPUSet
	cpus.Set(0)
	if err := unix.SchedSetaffinity(0, &cpus); err != nil {
		t.Fatal(err)
	}
	m := know(t)
	m.ifindex = makeNetwork(t)
	m.simulate(t)
	ext := kit.Load(t, "values", loader.Options{})
	valueRuns(func(name string, scenario int, pkt []byte) {
		want := valueOnHost(t, &m, scenario, pkt)
		got := tellKernel(t, ext, m.input(t, scenario), func() (uint32, []byte) {
			res, err := ext.TestRun("Run", pkt)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return res.Verdict, res.Packet
		})
		notLater(t, name, got.times)
		same(t, name, got, want)
	})
}
