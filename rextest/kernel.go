// SPDX-License-Identifier: Apache-2.0

package rextest

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/rex-go/rex/internal/sim"
	"github.com/rex-go/rex/kernel"
)

// Fields gives values to members of a kernel struct: integers of fixed size,
// booleans, kernel.Pointer, arrays and structs of these, or a string, which
// gets a zero byte.
type Fields map[string]any

// KernelStruct makes an object of the simulated kernel, a struct with some
// members. Members that are not given read as zero, like unmapped memory.
func KernelStruct(t testing.TB, structName string, fields Fields) kernel.Pointer {
	t.Helper()
	simulated(t, "KernelStruct")
	p := kernel.Pointer(sim.NewObject())
	SetKernel(t, p, structName, fields)
	return p
}

// SetKernel writes members of a struct that lies at p, for example inside
// another one.
func SetKernel(t testing.TB, p kernel.Pointer, structName string, fields Fields) {
	t.Helper()
	for name, v := range fields {
		var buf bytes.Buffer
		if s, ok := v.(string); ok {
			v = append([]byte(s), 0)
		}
		if err := binary.Write(&buf, binary.LittleEndian, v); err != nil {
			t.Fatalf("set %s.%s: %v", structName, name, err)
		}
		sim.WriteObject(uint64(p.Add(kernel.Offset(structName, name))), buf.Bytes())
	}
}

// KernelText puts a zero-terminated string into the simulated kernel's memory.
func KernelText(t testing.TB, s string) kernel.Pointer {
	t.Helper()
	simulated(t, "KernelText")
	p := sim.NewObject()
	sim.WriteObject(p, append([]byte(s), 0))
	return kernel.Pointer(p)
}

// WithoutField takes a member out of a struct of the simulated kernel until
// the test ends.
func WithoutField(t testing.TB, structName, field string) {
	t.Helper()
	simulated(t, "WithoutField")
	sim.SetField(structName, field, false)
	t.Cleanup(func() { sim.SetField(structName, field, true) })
}

// SetTaskStruct makes kernel.CurrentTask return p until the test ends.
func SetTaskStruct(t testing.TB, p kernel.Pointer) {
	t.Helper()
	old := sim.SetTaskObject(uint64(p))
	t.Cleanup(func() { sim.SetTaskObject(old) })
}
