// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
)

// TestVMTopK: among 150 flows the three largest come first, in their order.
func TestVMTopK(t *testing.T) {
	pair := newPair(t, "rxtk", 42)
	a := start(t, "topk", "-every", "1h", "-iface", pair.Local, "-n", "3")
	const small, large = 150, 1200
	sizes := []int{40, 60, 20} // packets of the large flows
	err := pair.Do(func() error {
		send := func(src, size, count int) error {
			c, err := net.DialUDP("udp", &net.UDPAddr{Port: src}, &net.UDPAddr{IP: pair.LocalIP4.AsSlice(), Port: 9})
			if err != nil {
				return err
			}
			defer c.Close()
			for range count {
				c.Write(make([]byte, size)) // refused: nobody listens
			}
			return nil
		}
		for i := range small {
			if err := send(20000+i, 8, 1); err != nil {
				return err
			}
			if i%50 == 25 { // in the middle of the small ones
				if err := send(1001+i/50, large, sizes[i/50]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The socket's send is over when its packet is received: veth has no queue,
	// but the receiving side runs in a softirq that may be deferred.
	want := []string{":1002 ", ":1001 ", ":1003 "}
	out := a.stop()
	lines := strings.Split(out, "\n")
	for i, port := range want {
		expr := fmt.Sprintf(`^udp +10\.42\.0\.2%s +10\.42\.0\.1:9 +(\d+) `, port)
		if len(lines) < 4 || !regexp.MustCompile(expr).MatchString(lines[i+1]) {
			t.Errorf("line %d is not that of port %s:\n%s", i+1, port, out)
		}
	}
}
