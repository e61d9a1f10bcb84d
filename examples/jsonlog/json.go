// SPDX-License-Identifier: Apache-2.0

package jsonlog

import (
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may be nested.
const maxDepth = 32

// parser reads one JSON text (RFC 8259).
type parser struct {
	b   []byte
	bad bool
}

// fields calls found with the name of each member of an object, and of the
// objects in it ("took.ms"). found reads the value and returns true, or false to
// have it skipped. The result is false if the text is not one JSON object.
func (p *parser) fields(found func(name string) bool) bool {
	p.object("", 0, found)
	p.space()
	return !p.bad && len(p.b) == 0
}

func (p *parser) object(prefix string, depth int, found func(string) bool) {
	if !p.take('{') || depth > maxDepth {
		p.bad = true
		return
	}
	if p.take('}') {
		return
	}
	for !p.bad {
		name := prefix + p.text()
		if !p.take(':') {
			p.bad = true
			return
		}
		switch {
		case p.peek() == '{':
			p.object(name+".", depth+1, found)
		case !found(name):
			p.skip(depth + 1)
		}
		if p.take('}') {
			return
		}
		p.bad = p.bad || !p.take(',')
	}
}

// skip reads a value that is not an object's, or one within an array.
func (p *parser) skip(depth int) {
	switch p.peek() {
	case '{':
		p.object("", depth, func(string) bool { return false })
	case '[':
		p.take('[')
		if p.take(']') {
			return
		}
		for !p.bad && depth <= maxDepth {
			p.skip(depth + 1)
			if p.take(']') {
				return
			}
			p.bad = p.bad || !p.take(',')
		}
		p.bad = true
	case '"':
		p.text()
	default:
		p.raw()
	}
}

// raw reads a number, true, false or null.
func (p *parser) raw() []byte {
	p.space()
	n := 0
	for n < len(p.b) && strings.IndexByte("+-.0123456789Eaeflnrstu", p.b[n]) >= 0 {
		n++
	}
	word := p.b[:n]
	p.b = p.b[n:]
	switch string(word) {
	case "true", "false", "null":
	default:
		p.bad = p.bad || n == 0 || word[0] != '-' && (word[0] < '0' || word[0] > '9')
	}
	return word
}

// text reads a string.
func (p *parser) text() string {
	if !p.take('"') {
		p.bad = true
		return ""
	}
	for i, c := range p.b {
		switch {
		case c == '"':
			s := string(p.b[:i])
			p.b = p.b[i+1:]
			return s
		case c == '\\':
			return p.escaped(i)
		case c < ' ':
			p.bad = true
			return ""
		}
	}
	p.bad = true
	return ""
}

// escaped reads a string in which the first backslash is at i.
func (p *parser) escaped(i int) string {
	s := append(make([]byte, 0, len(p.b)), p.b[:i]...)
	for i < len(p.b) {
		c := p.b[i]
		i++
		switch {
		case c == '"':
			p.b = p.b[i:]
			return string(s)
		case c < ' ' || c == '\\' && i == len(p.b):
			p.bad = true
			return ""
		case c != '\\':
			s = append(s, c)
			continue
		}
		c = p.b[i]
		i++
		if at := strings.IndexByte(`"\/bfnrt`, c); at >= 0 {
			s = append(s, "\"\\/\b\f\n\r\t"[at])
			continue
		}
		if c != 'u' || i+4 > len(p.b) {
			break
		}
		r := rune(0)
		for _, h := range p.b[i : i+4] {
			d := strings.IndexByte("0123456789abcdef", h|0x20)
			if d < 0 {
				p.bad = true
				return ""
			}
			r = r<<4 | rune(d)
		}
		i += 4
		s = utf8.AppendRune(s, r) // half of a pair becomes U+FFFD
	}
	p.bad = true
	return ""
}

func (p *parser) space() {
	for len(p.b) > 0 && (p.b[0] == ' ' || p.b[0] == '\t' || p.b[0] == '\n' || p.b[0] == '\r') {
		p.b = p.b[1:]
	}
}

// peek returns the next byte that is not white space, 0 at the end.
func (p *parser) peek() byte {
	if p.space(); len(p.b) == 0 {
		return 0
	}
	return p.b[0]
}

// take reads c if it comes next.
func (p *parser) take(c byte) bool {
	if p.peek() != c || c == 0 {
		return false
	}
	p.b = p.b[1:]
	return true
}
