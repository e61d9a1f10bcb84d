// SPDX-License-Identifier: Apache-2.0

package packet

const hexDigits = "0123456789abcdef"

// String returns six pairs of hexadecimal digits with colons between them.
func (a MAC) String() string {
	var b [17]byte
	for i, c := range a {
		if i > 0 {
			b[3*i-1] = ':'
		}
		b[3*i], b[3*i+1] = hexDigits[c>>4], hexDigits[c&15]
	}
	return string(b[:])
}

// String returns the address in dotted decimal form.
func (a IPv4Addr) String() string {
	var b [15]byte
	n := 0
	for i, c := range a {
		if i > 0 {
			b[n] = '.'
			n++
		}
		n += putDecimal(b[n:], uint64(c))
	}
	return string(b[:n])
}

// String returns the address as RFC 5952 wants it: lower case, without leading
// zeros, the longest run of zero fields (the first of equals) as "::".
// IPv4-mapped addresses end in dotted decimal form.
func (a IPv6Addr) String() string {
	var b [45]byte
	n := 0
	if a.is4In6() {
		n = copy(b[:], "::ffff:")
		n += copy(b[n:], IPv4Addr(a[12:16]).String())
		return string(b[:n])
	}
	start, end := a.zeros()
	for i := 0; i < 16; i += 2 {
		if i == start {
			n += copy(b[n:], "::")
			i = end
			if i >= 16 {
				break
			}
		} else if i > 0 {
			b[n] = ':'
			n++
		}
		n += putHex(b[n:], uint16(a[i])<<8|uint16(a[i+1]))
	}
	return string(b[:n])
}

// is4In6 reports whether the address is in ::ffff:0:0/96.
func (a *IPv6Addr) is4In6() bool {
	for _, c := range a[:10] {
		if c != 0 {
			return false
		}
	}
	return a[10] == 0xff && a[11] == 0xff
}

// zeros returns where the run of fields that "::" stands for begins and ends;
// start is -1 when there is none of two or more.
func (a *IPv6Addr) zeros() (start, end int) {
	start = -1
	for i := 0; i < 16; i += 2 {
		j := i
		for j < 16 && a[j] == 0 && a[j+1] == 0 {
			j += 2
		}
		if j-i > 2 && j-i > end-start {
			start, end = i, j
		}
		if j > i {
			i = j - 2
		}
	}
	return start, end
}

// String returns the number in decimal.
func (b BE16) String() string { return decimal(uint64(b.Get())) }

// String returns the number in decimal.
func (b BE32) String() string { return decimal(uint64(b.Get())) }

// String returns the number in decimal.
func (b BE64) String() string { return decimal(b.Get()) }

func decimal(v uint64) string {
	var b [20]byte
	n := putDecimal(b[:], v)
	return string(b[:n])
}

// putDecimal writes v to the beginning of b and returns how many digits it has.
func putDecimal(b []byte, v uint64) int {
	n := 1
	for w := v / 10; w != 0; w /= 10 {
		n++
	}
	for i := n - 1; i >= 0; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return n
}

// putHex writes v without leading zeros and returns how many digits it has.
func putHex(b []byte, v uint16) int {
	n := 1
	for w := v >> 4; w != 0; w >>= 4 {
		n++
	}
	for i := n - 1; i >= 0; i-- {
		b[i] = hexDigits[v&15]
		v >>= 4
	}
	return n
}
