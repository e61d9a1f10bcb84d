// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/rex-go/rex/internal/sim"
)

// emit writes the record. Readers of the kernel's records see U+FFFD for what
// is not UTF-8.
func (t *text) emit(level Level) {
	sim.Log(uint32(level), strings.ToValidUTF8(string(t.buf[:t.n]), "\uFFFD"))
}

// checkPrintf is for go vet: a function that hands its arguments to package
// fmt gets its calls checked like those of fmt.Printf.
func checkPrintf(format string, args ...any) {
	if false {
		_ = fmt.Sprintf(format, args...)
	}
}

// operandOf takes a value apart.
func operandOf(v any) operand {
	if v == nil {
		return operand{kind: opNil}
	}
	r := reflect.ValueOf(v)
	o := operand{typ: r.Type().String()}
	switch k := r.Kind(); k {
	case reflect.Bool:
		o.kind = opBool
		if r.Bool() {
			o.uint = 1
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		o.kind, o.int = opInt, r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		o.kind, o.uint = opUint, r.Uint()
	case reflect.String:
		o.kind, o.str = opString, r.String()
	case reflect.Pointer:
		if r.IsNil() {
			o.kind = opNil
		}
	case reflect.Slice, reflect.Array:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			o.kind, o.bytes = opBytes, make([]byte, r.Len())
			for i := range o.bytes {
				o.bytes[i] = byte(r.Index(i).Uint())
			}
		}
	}
	return o
}
