// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

// The print and println built-ins write one log record for each call: the
// compiler calls a Print function for each operand, and PrintEnd at the end.

// PrintString appends s.
func PrintString(b []byte, s string) []byte { return append(b, s...) }

// PrintBool appends true or false.
func PrintBool(b []byte, v bool) []byte {
	if v {
		return append(b, "true"...)
	}
	return append(b, "false"...)
}

// PrintInt appends v in decimal.
func PrintInt(b []byte, v int64) []byte {
	if v < 0 {
		return PrintUint(append(b, '-'), -uint64(v))
	}
	return PrintUint(b, uint64(v))
}

// PrintUint appends v in decimal.
func PrintUint(b []byte, v uint64) []byte { return printBase(b, v, 10) }

// PrintPointer appends v in hexadecimal.
func PrintPointer(b []byte, v uint64) []byte { return printBase(append(b, "0x"...), v, 16) }

func printBase(b []byte, v, base uint64) []byte {
	var buf [20]byte
	i := len(buf)
	for {
		i--
		buf[i] = "0123456789abcdef"[v%base]
		v /= base
		if v == 0 {
			return append(b, buf[i:]...)
		}
	}
}

// PrintSlice appends [len/cap]address.
func PrintSlice(b []byte, n, c int, p uint64) []byte {
	b = PrintInt(append(b, '['), int64(n))
	b = PrintInt(append(b, '/'), int64(c))
	return PrintPointer(append(b, ']'), p)
}

// PrintIface appends (type,data).
func PrintIface(b []byte, t, d uint64) []byte {
	b = PrintPointer(append(b, '('), t)
	b = PrintPointer(append(b, ','), d)
	return append(b, ')')
}

// FormatNamed words the panic with a value of a named integer or boolean type
// as Go does: name(value). kind is 0 for signed, 1 for unsigned, 2 for bool.
func FormatNamed(name string, v uint64, kind int) string {
	b := append([]byte(name), '(')
	switch kind {
	case 0:
		b = PrintInt(b, int64(v))
	case 1:
		b = PrintUint(b, v)
	default:
		b = PrintBool(b, v != 0)
	}
	return asString(append(b, ')'))
}

// FormatNamedString is FormatNamed for string types.
func FormatNamedString(name, v string) string {
	return ConcatStrings(ConcatStrings(name, `("`), ConcatStrings(v, `")`))
}
