// SPDX-License-Identifier: Apache-2.0

package gap

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rex-go/rex/xdp"
)

// TestSafe: the programs in C, compiled as ordinary programs with the address and
// undefined-behaviour sanitizers, do what they should on the packets of the table
// and on every shorter one, and no sanitizer has anything to say. That the verifier
// rejects them is therefore not because they are wrong.
func TestSafe(t *testing.T) {
	gcc, err := exec.LookPath("gcc-12")
	if err != nil {
		t.Skip(err)
	}
	for _, p := range Pairs {
		t.Run(p.Name, func(t *testing.T) {
			bin := filepath.Join(t.TempDir(), p.Name)
			// Kernels that have BPF read integers at any address.
			out, err := exec.Command(gcc, "-O1", "-g", "-DGAP_HOST", "-fsanitize=address,undefined", "-fno-sanitize=alignment",
				"-fno-sanitize-recover=all", "-Wall", "-Werror", "-Wno-unknown-pragmas", "-o", bin, filepath.Join("..", "..", cFile(p))).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var in, all []byte
			send := func(pkt []byte) {
				in = append(binary.NativeEndian.AppendUint32(in, uint32(len(pkt))), pkt...)
			}
			for _, c := range p.Cases {
				send(c.Packet())
			}
			whole := sanitized(t, bin, in)
			for i, c := range p.Cases {
				n := 4 + len(c.Packet())
				if len(whole) < n {
					t.Fatalf("case %d: no result", i)
				}
				check(t, i, c, xdp.Action(binary.NativeEndian.Uint32(whole)), whole[4:n])
				whole = whole[n:]
			}
			in = nil
			for _, c := range p.Cases {
				pkt := c.Packet()
				for n := 14; n < len(pkt); n += 1 + len(pkt)/200 {
					send(pkt[:n])
					all = append(all, make([]byte, 4+n)...)
				}
			}
			if out := sanitized(t, bin, in); len(out) != len(all) {
				t.Errorf("%d bytes of results, want %d", len(out), len(all))
			}
		})
	}
}

// sanitized runs a program on packets and returns its results.
func sanitized(t *testing.T, bin string, in []byte) []byte {
	t.Helper()
	cmd := exec.Command(bin)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	return out
}
