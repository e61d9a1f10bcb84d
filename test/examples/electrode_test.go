// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rex-go/rex/examples/electrode"
	"github.com/rex-go/rex/test/netlab"
)

// TestVMElectrode: a leader with three followers in namespaces of their own, who
// have nobody in user space. For each operation it sends one message and gets one
// answer, also when a follower is gone.
func TestVMElectrode(t *testing.T) {
	const numFollowers, ops = 3, 100
	flags := []string{"-every", "1h", "-quorum", "2"}
	var pairs []*netlab.Pair
	for i := range numFollowers {
		p := newPair(t, fmt.Sprintf("rxel%d", i), 51+i)
		pairs = append(pairs, p)
		flags = append(flags, "-follower", fmt.Sprintf("%s,%s,%s,%v", p.Local, p.NS, p.Remote, p.RemoteIP4))
	}
	a := start(t, "electrode", flags...)
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{Port: electrode.Port})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	to := &net.UDPAddr{IP: pairs[0].RemoteIP4.AsSlice(), Port: electrode.Port}
	prepare := func(op uint64) {
		t.Helper()
		b := []byte{byte(electrode.Prepare), 0, 0, 5}
		b = binary.BigEndian.AppendUint64(b, 1) // view
		b = binary.BigEndian.AppendUint64(b, op)
		if _, err := conn.WriteTo(append(b, "set x"...), to); err != nil {
			t.Fatal(err)
		}
	}
	// answer returns the operation of the next answer, 0 for none.
	answer := func(wait time.Duration) uint64 {
		t.Helper()
		buf := make([]byte, 100)
		conn.SetDeadline(time.Now().Add(wait))
		n, err := conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return 0
		}
		if err != nil || n != 25 || buf[0] != byte(electrode.PrepareOK) || !bytes.Equal(buf[20:25], []byte("set x")) {
			t.Fatalf("answer %x, %v", buf[:n], err)
		}
		return binary.BigEndian.Uint64(buf[12:])
	}
	for op := uint64(1); op <= ops; op++ {
		if op == ops/2+1 {
			if out, err := pairs[2].Command("ip", "link", "set", pairs[2].Remote, "down").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		prepare(op)
		if got := answer(patience); got != op {
			t.Fatalf("answer to operation %d, not %d", got, op)
		}
	}
	// An operation that the followers have appended is answered again, one that
	// is not the next one only by a replica in user space, which is not there.
	prepare(ops)
	if got := answer(patience); got != ops {
		t.Errorf("asked again, operation %d is answered", got)
	}
	prepare(ops + 2)
	if got := answer(100 * time.Millisecond); got != 0 {
		t.Errorf("operation %d is answered, though one is missing before it", got)
	}
	out := a.stop()
	for _, want := range []string{
		fmt.Sprintf(" %d quorums, ", ops+1),
		fmt.Sprintf("follower 0: %d operations in its log\n", ops),
		fmt.Sprintf("follower 1: %d operations in its log\n", ops),
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	// The last operation before it went may have been on its way.
	if got := number(t, out, `follower 2: (\d+) operations`); got > ops/2 || got < ops/2-1 {
		t.Errorf("the follower that went has %d operations, want %d", got, ops/2)
	}
	if slow := number(t, out, `(\d+) left to user space`); slow != 2 {
		t.Errorf("%d messages left to user space, want 2", slow)
	}
}
