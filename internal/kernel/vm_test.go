// SPDX-License-Identifier: Apache-2.0

package kernel_test

import (
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/internal/testutil"
)

// TestVMFieldOffset compares every named member of some large structs with
// what another implementation reads out of the same kernel.
func TestVMFieldOffset(t *testing.T) {
	testutil.VM(t)
	b, err := kernel.RunningBTF()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, name := range []string{"task_struct", "sk_buff", "xdp_buff", "sock", "net_device", "file", "pt_regs"} {
		var s *btf.Struct
		if err := spec.TypeByName(name, &s); err != nil {
			t.Fatal(err)
		}
		var walk func(members []btf.Member, base btf.Bits)
		walk = func(members []btf.Member, base btf.Bits) {
			for _, m := range members {
				inner := btf.UnderlyingType(m.Type)
				if m.Name == "" {
					switch inner := inner.(type) {
					case *btf.Struct:
						walk(inner.Members, base+m.Offset)
					case *btf.Union:
						walk(inner.Members, base+m.Offset)
					}
					continue
				}
				got, err := b.FieldOffset(name, m.Name)
				if bitField := m.BitfieldSize != 0; bitField != (err != nil) {
					t.Errorf("struct %s.%s: %v, bit field: %v", name, m.Name, err, bitField)
				} else if want := (base + m.Offset).Bytes(); err == nil && got != want {
					t.Errorf("struct %s.%s is at %d, want %d", name, m.Name, got, want)
				}
				checked++
			}
		}
		walk(s.Members, 0)
	}
	if checked < 300 {
		t.Errorf("only %d members checked", checked)
	}
	if err := kernel.Running().CheckLoad(false); err != nil {
		t.Errorf("the guest has all that loading needs, CheckLoad says %v", err)
	}
}
