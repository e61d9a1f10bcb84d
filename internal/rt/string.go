// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rt

const (
	runeError = '\uFFFD'
	maxRune   = '\U0010FFFF'
)

// ConcatStrings is a + b.
func ConcatStrings(a, b string) string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	p := newBytes(len(a) + len(b))
	copy(p, a)
	copy(p[len(a):], b)
	return asString(p)
}

// CompareString is negative, zero or positive as a < b, a == b, a > b.
func CompareString(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

// BytesToString is string(b).
func BytesToString(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	p := newBytes(len(b))
	copy(p, b)
	return asString(p)
}

// StringToBytes is []byte(s).
func StringToBytes(s string) []byte {
	p := newBytes(len(s))
	copy(p, s)
	return p
}

// RuneToString is string(r).
func RuneToString(r int64) string {
	var buf [4]byte
	n := encodeRune(&buf, r)
	return BytesToString(buf[:n])
}

// encodeRune writes r as UTF-8; what is no rune becomes U+FFFD.
func encodeRune(p *[4]byte, r int64) int {
	if r < 0 || r > maxRune || r >= 0xd800 && r <= 0xdfff {
		r = runeError
	}
	switch {
	case r < 0x80:
		p[0] = byte(r)
		return 1
	case r < 0x800:
		p[0] = 0xc0 | byte(r>>6)
		p[1] = 0x80 | byte(r)&0x3f
		return 2
	case r < 0x10000:
		p[0] = 0xe0 | byte(r>>12)
		p[1] = 0x80 | byte(r>>6)&0x3f
		p[2] = 0x80 | byte(r)&0x3f
		return 3
	}
	p[0] = 0xf0 | byte(r>>18)
	p[1] = 0x80 | byte(r>>12)&0x3f
	p[2] = 0x80 | byte(r>>6)&0x3f
	p[3] = 0x80 | byte(r)&0x3f
	return 4
}

// RunesToString is string(r).
func RunesToString(r []rune) string {
	n := 0
	var buf [4]byte
	for _, c := range r {
		n += encodeRune(&buf, int64(c))
	}
	p := newBytes(n)
	at := 0
	for _, c := range r {
		// The runes may have changed since they were counted.
		at += copy(p[at:], buf[:encodeRune(&buf, int64(c))])
	}
	return asString(p[:at])
}

// StringToRunes is []rune(s).
func StringToRunes(s string) []rune {
	n := 0
	for range s {
		n++
	}
	p := make([]rune, n)
	i := 0
	for _, c := range s {
		p[i] = c
		i++
	}
	return p
}

// DecodeRune returns the rune that begins at s[i] and the index behind it.
// Invalid UTF-8 yields U+FFFD and one byte.
func DecodeRune(s string, i int) (rune, int) {
	s = s[i:]
	if len(s) == 0 {
		return runeError, i
	}
	b := s[0]
	n, least := 0, rune(0)
	var r rune
	switch {
	case b < 0x80:
		return rune(b), i + 1
	case b&0xe0 == 0xc0:
		n, least, r = 1, 0x80, rune(b&0x1f)
	case b&0xf0 == 0xe0:
		n, least, r = 2, 0x800, rune(b&0x0f)
	case b&0xf8 == 0xf0:
		n, least, r = 3, 0x10000, rune(b&0x07)
	default:
		return runeError, i + 1
	}
	if len(s) <= n {
		return runeError, i + 1
	}
	for j := 1; j <= n; j++ {
		c := s[j]
		if c&0xc0 != 0x80 {
			return runeError, i + 1
		}
		r = r<<6 | rune(c&0x3f)
	}
	if r < least || r > maxRune || r >= 0xd800 && r <= 0xdfff {
		return runeError, i + 1
	}
	return r, i + n + 1
}
