// SPDX-License-Identifier: Apache-2.0

package rex

// Log writes a record that reaches user space as an event, with the program's
// name, CPU and time: msg, and behind it key=value for each pair of args, whose
// keys are constant strings. It never blocks; records that find no room are
// counted and dropped. Text beyond 168 bytes is cut.
//
// Values may be booleans, integers, strings, bytes (written as hexadecimal
// digits), and whatever has an Error or String method, such as the addresses of
// package packet. Of other values the type is written. The compiler reports
// pairs that are not complete.
func Log(level Level, msg string, args ...any) {
	var t text
	t.string(msg)
	for len(args) >= 2 {
		t.byte(' ')
		key, ok := args[0].(string)
		if !ok {
			key = "!BADKEY"
		}
		t.string(key)
		t.byte('=')
		t.value(args[1])
		args = args[2:]
	}
	if len(args) == 1 {
		t.string(" !BADKEY=")
		t.value(args[0])
	}
	t.emit(level)
}

// Printf writes a record of LevelInfo with the text that package fmt makes of
// the constant format and the arguments. The verbs are %v, %d, %s, %q, %x, %X,
// %o, %b, %c, %t and %%; flags and widths are as in package fmt, and so is what
// stands for an argument that is missing or does not fit its verb. Log says
// which values may be given, and what happens to records; the compiler reports
// formats that do not fit their arguments.
func Printf(format string, args ...any) {
	checkPrintf(format, args...)
	var t text
	t.format(format, args)
	t.emit(LevelInfo)
}

// maxMessage is abi.MaxMessage: what an event record has room for.
const maxMessage = 168

// text is a record's text; what has no room is cut.
type text struct {
	n   int
	buf [maxMessage]byte
}

func (t *text) byte(c byte) {
	if t.n < len(t.buf) {
		t.buf[t.n] = c
		t.n++
	}
}

func (t *text) string(s string) {
	for i := 0; i < len(s) && t.n < len(t.buf); i++ {
		t.buf[t.n] = s[i]
		t.n++
	}
}

const digits = "0123456789abcdef0123456789ABCDEF"

// uint writes v in a base from 2 to 16, at least width digits.
func (t *text) uint(v uint64, base uint64, width int, upper bool) {
	d := digits[:16]
	if upper {
		d = digits[16:]
	}
	n := 1
	for w := v / base; w != 0; w /= base {
		n++
	}
	for range max(width-n, 0) {
		t.byte('0')
	}
	// From the least digit on, where there is room.
	for i := n - 1; i >= 0; i-- {
		if t.n+i < len(t.buf) {
			t.buf[t.n+i] = d[v%base]
		}
		v /= base
	}
	t.n = min(t.n+n, len(t.buf))
}

// int writes v in decimal.
func (t *text) int(v int64) {
	if v < 0 {
		t.byte('-')
		t.uint(-uint64(v), 10, 0, false)
		return
	}
	t.uint(uint64(v), 10, 0, false)
}

// hex writes each byte as two digits.
func (t *text) hex(b []byte, upper bool) {
	for _, c := range b {
		t.uint(uint64(c), 16, 2, upper)
	}
}

// hexString is hex for a string.
func (t *text) hexString(s string, upper bool) {
	for i := range len(s) {
		t.uint(uint64(s[i]), 16, 2, upper)
	}
}

// quote writes s between double quotes. Control characters and bytes that are
// not UTF-8 are escaped.
func (t *text) quote(s string) {
	t.byte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			t.byte('\\')
			t.byte(byte(r))
		case r == '\n':
			t.string(`\n`)
		case r == '\t':
			t.string(`\t`)
		case r == '\r':
			t.string(`\r`)
		case r < ' ' || r == 0x7f || r == '\uFFFD' && s[i] != 0xef:
			t.string(`\x`)
			t.uint(uint64(s[i]), 16, 2, false)
		default:
			t.rune(r)
		}
	}
	t.byte('"')
}

// rune writes r as UTF-8.
func (t *text) rune(r rune) {
	if r < 0 || r > 0x10ffff || r >= 0xd800 && r <= 0xdfff {
		r = '\uFFFD'
	}
	switch {
	case r < 0x80:
		t.byte(byte(r))
	case r < 0x800:
		t.byte(0xc0 | byte(r>>6))
		t.byte(0x80 | byte(r)&0x3f)
	case r < 0x10000:
		t.byte(0xe0 | byte(r>>12))
		t.byte(0x80 | byte(r>>6)&0x3f)
		t.byte(0x80 | byte(r)&0x3f)
	default:
		t.byte(0xf0 | byte(r>>18))
		t.byte(0x80 | byte(r>>12)&0x3f)
		t.byte(0x80 | byte(r>>6)&0x3f)
		t.byte(0x80 | byte(r)&0x3f)
	}
}

// value writes what Log writes for a value.
func (t *text) value(v any) {
	if s, ok := asText(v); ok {
		t.word(s)
		return
	}
	switch o := operandOf(v); o.kind {
	case opNil:
		t.string("<nil>")
	case opBool:
		t.bool(o.uint != 0)
	case opInt:
		t.int(o.int)
	case opUint:
		t.uint(o.uint, 10, 0, false)
	case opString:
		t.word(o.str)
	case opBytes:
		t.hex(o.bytes, false)
	default:
		t.byte('(')
		t.string(o.typ)
		t.byte(')')
	}
}

func (t *text) bool(v bool) {
	if v {
		t.string("true")
	} else {
		t.string("false")
	}
}

// word writes s, quoted when it could be mistaken for something else.
func (t *text) word(s string) {
	plain := s != ""
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == '=' || c == '"' || c >= 0x7f {
			plain = false
		}
	}
	if plain {
		t.string(s)
	} else {
		t.quote(s)
	}
}

// asText returns the text of a value that has an Error or String method.
func asText(v any) (string, bool) {
	switch x := v.(type) {
	case error:
		if !isNilPointer(v) {
			return x.Error(), true
		}
	case interface{ String() string }:
		if !isNilPointer(v) {
			return x.String(), true
		}
	default:
		return "", false
	}
	return "<nil>", true
}

// isNilPointer: the method of a nil pointer would most likely panic.
func isNilPointer(v any) bool { return operandOf(v).kind == opNil }

// opKind says which field of an operand counts.
type opKind uint8

const (
	opOther opKind = iota
	opNil          // no value, or a nil pointer
	opBool         // uint
	opInt
	opUint
	opString
	opBytes
)

// operand is a value that is written.
type operand struct {
	kind  opKind
	typ   string // the type's name
	int   int64
	uint  uint64
	str   string
	bytes []byte
}
