// SPDX-License-Identifier: Apache-2.0

package packet_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rex-go/rex/packet"
)

// TestChecksumDiff: a checksum corrected by differences is the one computed anew.
func TestChecksumDiff(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := make([]byte, 2*(1+r.IntN(40)))
		for i := range b {
			b[i] = byte(r.UintN(256))
		}
		sum := packet.Checksum(b)
		var d packet.Diff
		for range 1 + r.IntN(3) {
			at := 2 * r.IntN(len(b)/2)
			n := 1 + r.IntN(len(b)-at)
			old := append([]byte(nil), b[at:at+n]...)
			for i := range n {
				b[at+i] = byte(r.UintN(256))
			}
			d = d.Add(packet.ChecksumDiff(old, b[at:at+n]))
		}
		// 0 and 0xffff are the same sum.
		if got, want := d.Apply(sum), packet.Checksum(b); got != want && (got+1 > 1 || want+1 > 1) {
			t.Fatalf("corrected to %#04x, computed %#04x", got, want)
		}
	}
	var none packet.Diff
	if packet.ChecksumDiff([]byte{1, 2}, []byte{1, 2}).Apply(0x1234) != 0x1234 || none.Apply(0x1234) != 0x1234 {
		t.Error("no change changes the checksum")
	}
}

func ExampleChecksumDiff() {
	header := []byte{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
	sum := packet.Checksum(header)
	old := [2]byte(header[8:])
	header[8]-- // the time to live
	d := packet.ChecksumDiff(old[:], header[8:10])
	fmt.Println(d.Apply(sum) == packet.Checksum(header))
	// Output: true
}
