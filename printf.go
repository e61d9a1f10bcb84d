// SPDX-License-Identifier: Apache-2.0

package rex

// maxWidth bounds a verb's width; no record has room for more.
const maxWidth = maxMessage

// verb is one directive of a format.
type verb struct {
	minus, plus, sharp, zero bool
	width                    int // 0 is none
	char                     byte
}

// format writes what package fmt makes of a format and its arguments.
func (t *text) format(format string, args []any) {
	next := 0
	for i := 0; i < len(format); {
		c := format[i]
		i++
		if c != '%' {
			t.byte(c)
			continue
		}
		var f verb
		if i = f.parse(format, i); i > len(format) {
			t.string("%!(NOVERB)")
			break
		}
		switch {
		case f.char == '%':
			t.byte('%')
		case next >= len(args):
			t.string("%!")
			t.byte(f.char)
			t.string("(MISSING)")
		default:
			t.verb(f, args[next])
			next++
		}
	}
	if next < len(args) {
		t.string("%!(EXTRA ")
		for i, a := range args[next:] {
			if i > 0 {
				t.string(", ")
			}
			t.typed(a)
		}
		t.byte(')')
	}
}

// parse reads a directive from format[i:] and returns the index behind it,
// beyond the format's end when there is no verb.
func (f *verb) parse(format string, i int) int {
	for ; i < len(format); i++ {
		switch format[i] {
		case '-':
			f.minus = true
			continue
		case '+':
			f.plus = true
			continue
		case '#':
			f.sharp = true
			continue
		case '0':
			f.zero = true
			continue
		}
		break
	}
	for ; i < len(format) && format[i] >= '0' && format[i] <= '9'; i++ {
		f.width = min(f.width*10+int(format[i]-'0'), maxWidth)
	}
	if i >= len(format) {
		return len(format) + 1
	}
	f.char = format[i]
	return i + 1
}

// typed writes type=value.
func (t *text) typed(v any) {
	o := operandOf(v)
	if o.kind == opNil && o.typ == "" {
		t.string("<nil>")
		return
	}
	t.string(o.typ)
	t.byte('=')
	t.verb(verb{char: 'v'}, v)
}

// verb writes one argument, as wide as the directive says.
func (t *text) verb(f verb, v any) {
	start := t.n
	var o operand
	if s, ok := asText(v); ok && isTextVerb(f.char) {
		o = operand{kind: opString, str: s}
	} else {
		o = operandOf(v)
	}
	if !t.operand(f, o) {
		t.n = start
		t.string("%!")
		t.byte(f.char)
		t.byte('(')
		t.typed(v)
		t.byte(')')
		return
	}
	t.pad(f, start)
}

// isTextVerb reports whether a verb asks a value for its text.
func isTextVerb(c byte) bool { return c == 'v' || c == 's' || c == 'q' || c == 'x' || c == 'X' }

// operand writes a value; it returns false when the verb is not for it.
func (t *text) operand(f verb, o operand) bool {
	c := f.char
	switch o.kind {
	case opNil:
		if c == 'v' {
			t.string("<nil>")
		}
		return c == 'v'
	case opBool:
		if c != 'v' && c != 't' {
			return false
		}
		t.bool(o.uint != 0)
	case opInt, opUint:
		if c == 'c' {
			t.rune(runeOf(o))
			return true
		}
		return t.integer(f, o)
	case opString:
		switch c {
		case 'v', 's':
			t.string(o.str)
		case 'q':
			t.quote(o.str)
		case 'x', 'X':
			t.prefix(f, len(o.str))
			t.hexString(o.str, c == 'X')
		default:
			return false
		}
	case opBytes:
		switch c {
		case 'v', 'd':
			t.list(o.bytes)
		case 's':
			for _, b := range o.bytes {
				t.byte(b)
			}
		case 'q':
			t.quote(string(o.bytes))
		case 'x', 'X':
			t.prefix(f, len(o.bytes))
			t.hex(o.bytes, c == 'X')
		default:
			return false
		}
	default:
		if c != 'v' {
			return false
		}
		t.byte('(')
		t.string(o.typ)
		t.byte(')')
	}
	return true
}

// list writes bytes as numbers.
func (t *text) list(b []byte) {
	t.byte('[')
	for i, c := range b {
		if i > 0 {
			t.byte(' ')
		}
		t.uint(uint64(c), 10, 0, false)
	}
	t.byte(']')
}

// prefix writes what %#x of n bytes begins with.
func (t *text) prefix(f verb, n int) {
	if f.sharp && n > 0 {
		t.byte('0')
		t.byte(f.char)
	}
}

// integer writes a number with its sign, prefix and leading zeros.
func (t *text) integer(f verb, o operand) bool {
	base, prefix := uint64(10), ""
	switch f.char {
	case 'v', 'd':
	case 'x':
		base, prefix = 16, "0x"
	case 'X':
		base, prefix = 16, "0X"
	case 'o':
		base, prefix = 8, "0"
	case 'b':
		base, prefix = 2, "0b"
	default:
		return false
	}
	v, width := o.uint, 0
	if f.zero && !f.minus {
		width = f.width
	}
	switch {
	case o.kind == opInt && o.int < 0:
		v = -uint64(o.int)
		t.byte('-')
		width--
	case f.plus:
		t.byte('+')
		width--
	}
	if o.kind == opInt && o.int >= 0 {
		v = uint64(o.int)
	}
	// Package fmt does not count the prefix as part of the width.
	if f.sharp {
		t.string(prefix)
	}
	t.uint(v, base, width, f.char == 'X')
	return true
}

// runeOf is a number as a character.
func runeOf(o operand) rune {
	if o.kind == opUint {
		if o.uint > 0x10ffff {
			return '\uFFFD'
		}
		return rune(o.uint)
	}
	if o.int < 0 || o.int > 0x10ffff {
		return '\uFFFD'
	}
	return rune(o.int)
}

// pad fills what was written from start on with blanks, up to the width.
func (t *text) pad(f verb, start int) {
	n := 0
	for _, c := range t.buf[start:t.n] {
		if c&0xc0 != 0x80 { // the first byte of a character
			n++
		}
	}
	missing := f.width - n
	if missing <= 0 {
		return
	}
	end := t.n
	t.n = min(end+missing, len(t.buf))
	from, to := end, t.n
	if !f.minus {
		from, to = start, min(start+missing, len(t.buf))
		for i := end - 1; i >= start; i-- {
			if i+missing < len(t.buf) {
				t.buf[i+missing] = t.buf[i]
			}
		}
	}
	for i := from; i < to; i++ {
		t.buf[i] = ' '
	}
}
