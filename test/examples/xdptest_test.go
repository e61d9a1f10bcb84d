// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// TestVMXDPTest: ping and a UDP client get their answers from a host that does
// not exist.
func TestVMXDPTest(t *testing.T) {
	pair := newPair(t, "rxxt", 41)
	const addr = "10.41.0.77"
	// A veth pair's own XDP sends packets back only to an end that has XDP, too.
	a := start(t, "xdptest", "-every", "1h", "-generic", "-iface", pair.Local, "-addr", addr)
	out, err := pair.Command("ping", "-n", "-c", "4", "-i", "0.01", "-s", "333", "-W", "10", addr).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("4 received, 0% packet loss")) {
		t.Errorf("ping: %v\n%s", err, out)
	}
	const n = 20
	err = pair.Do(func() error {
		conn, err := net.Dial("udp", addr+":7")
		if err != nil {
			return err
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		for i := range n {
			text := strings.Repeat(fmt.Sprint(i), i+1)
			if _, err := conn.Write([]byte(text)); err != nil {
				return err
			}
			buf := make([]byte, 2000)
			m, err := conn.Read(buf)
			if err != nil {
				return err
			}
			if string(buf[:m]) != text {
				return fmt.Errorf("sent %q, got %q", text, buf[:m])
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	got := a.stop()
	if arp := number(t, got, `arp (\d+)`); arp == 0 || !strings.Contains(got, fmt.Sprintf("  ping 4  echo %d  dropped 0\n", n)) {
		t.Errorf("got %q", got)
	}
}
