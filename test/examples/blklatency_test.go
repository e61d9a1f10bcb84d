// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/testutil"
	"github.com/rex-go/rex/test/kit"
)

// TestVMBlkLatency: a device that takes 20 ms for a request is seen to take 20 ms
// or more, for each request, by direction.
func TestVMBlkLatency(t *testing.T) {
	kit.Need(t)
	if kit.Sanitizers() {
		t.Skip(testutil.ErrNoBlock)
	}
	// A null_blk device has requests that a timer completes (irqmode 2).
	kit.Command(t, "modprobe", "null_blk", "nr_devices=1", "queue_mode=2", "irqmode=2", "completion_nsec=20000000")
	t.Cleanup(func() { kit.Command(t, "modprobe", "-r", "null_blk") })
	const device = "/dev/nullb0"
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(device); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	a := start(t, "blklatency", "-every", "1h")
	f, err := os.OpenFile(device, os.O_RDWR|unix.O_DIRECT, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buf, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(buf)
	const reads, writes = 5, 3
	for i := range int64(reads) {
		if _, err := f.ReadAt(buf, i<<20); err != nil {
			t.Fatal(err)
		}
		if i >= writes {
			continue
		}
		if _, err := f.WriteAt(buf, i<<20); err != nil {
			t.Fatal(err)
		}
	}
	out := a.stop()
	for what, n := range map[string]uint64{"reads": reads, "writes": writes} {
		line := fmt.Sprintf(`nullb0: (\d+) %s, %d bytes, mean `, what, 4096*n)
		if got := number(t, out, line); got != n {
			t.Errorf("%d %s, want %d", got, what, n)
		}
		// The first slot that is printed is the lowest one with a request.
		lowest := regexp.MustCompile(fmt.Sprintf(`nullb0: %d %s,.*\n  (?:<|>=) +(\S+) `, n, what)).FindStringSubmatch(out)
		if lowest == nil {
			t.Errorf("no histogram of %s", what)
		} else if d, err := time.ParseDuration(lowest[1]); err != nil || d < 20*time.Millisecond {
			t.Errorf("%s that took less than %v (%v)", what, d, err)
		}
	}
}
