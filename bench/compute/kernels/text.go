// SPDX-License-Identifier: Apache-2.0

package kernels

// The name www.Example.com., then two that end with compression pointers.
const dns = "\x03www\x07Example\x03com\x00\x04mail\xc0\x04\x0ca-long-label\xc0\x11"

// dnsName writes the name at off of a DNS message to out, in lower case with
// dots, following compression; it returns its length, -1 for a bad one.
func dnsName(msg []byte, off int, out *[256]byte) int {
	n, jumps := 0, 0
	for {
		if off >= len(msg) {
			return -1
		}
		c := int(msg[off])
		switch {
		case c == 0:
			return n
		case c&0xc0 == 0xc0:
			if off+1 >= len(msg) || jumps > 8 {
				return -1
			}
			off = c&0x3f<<8 | int(msg[off+1])
			jumps++
		case c > 63 || off+1+c > len(msg) || n+c+1 > len(out):
			return -1
		default:
			for i := 1; i <= c; i++ {
				b := msg[off+i]
				if b >= 'A' && b <= 'Z' {
					b += 'a' - 'A'
				}
				out[n] = b
				n++
			}
			out[n] = '.'
			n++
			off += c + 1
		}
	}
}

var buffer [4096]byte

func runDNS() uint64 {
	var out [256]byte
	msg := buffer[:copy(buffer[:], dns)]
	var sum uint64
	for range 200 {
		for _, off := range [...]int{0, 17, 24} {
			n := dnsName(msg, off, &out)
			sum += uint64(n)<<8 + uint64(out[0])
		}
	}
	return sum
}

const request = "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: test/1.0 (something rather long)\r\nAccept: text/html,application/xhtml+xml\r\nX-Forwarded-For: 10.1.2.3, 10.2.3.4\r\nContent-Length: 1234\r\nCookie: session=0123456789abcdef\r\n\r\nbody"

// header finds a header by its name in lower case and returns where its value
// begins and ends, -1 when it is not there.
func header(p []byte, name string) (start, end int) {
	i := 0
	for i < len(p) && p[i] != '\n' {
		i++
	}
	i++
	for i < len(p) && p[i] != '\r' {
		j := 0
		for j < len(name) && i+j < len(p) {
			c := p[i+j]
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			if c != name[j] {
				break
			}
			j++
		}
		if j == len(name) && i+j < len(p) && p[i+j] == ':' {
			start = i + j + 1
			for start < len(p) && p[start] == ' ' {
				start++
			}
			end = start
			for end < len(p) && p[end] != '\r' {
				end++
			}
			return start, end
		}
		for i < len(p) && p[i] != '\n' {
			i++
		}
		i++
	}
	return -1, -1
}

func runHeader() uint64 {
	p := buffer[:copy(buffer[:], request)]
	var sum uint64
	for range 50 {
		for _, name := range [...]string{"host", "content-length", "x-missing", "cookie"} {
			a, b := header(p, name)
			sum = sum*31 + uint64(a)<<16 + uint64(b)
		}
	}
	return sum
}

const document = `{"user":{"id":12345,"name":"a \"quoted\" name","tags":["x","y",{"z":[1,2,3]}]},"items":[{"price":10},{"price":20}],"total":98765,"ok":true}`

// skipValue returns the place after the JSON value at i.
func skipValue(p []byte, i int) int {
	depth := 0
	for i < len(p) {
		switch c := p[i]; {
		case c == '"':
			i = skipString(p, i)
			if depth == 0 {
				return i
			}
			continue
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i
			}
			depth--
			if depth == 0 {
				return i + 1
			}
		case c == ',' && depth == 0:
			return i
		}
		i++
	}
	return i
}

func skipString(p []byte, i int) int {
	for i++; i < len(p); i++ {
		if p[i] == '\\' {
			i++
		} else if p[i] == '"' {
			return i + 1
		}
	}
	return i
}

// jsonNumber returns the number under a name in an object.
func jsonNumber(p []byte, name string) uint64 {
	i := 1
	for i < len(p) && p[i] == '"' {
		end := skipString(p, i)
		same := end-i-2 == len(name)
		for j := 0; same && j < len(name); j++ {
			same = p[i+1+j] == name[j]
		}
		i = end + 1
		if same {
			var n uint64
			for i < len(p) && p[i] >= '0' && p[i] <= '9' {
				n = n*10 + uint64(p[i]-'0')
				i++
			}
			return n
		}
		i = skipValue(p, i)
		if i < len(p) && p[i] == ',' {
			i++
		}
	}
	return 0
}

func runJSON() uint64 {
	p := buffer[:copy(buffer[:], document)]
	var sum uint64
	for i := range 100 {
		p[len(p)-16] = byte('0' + i%10) // in the number that is looked for
		sum += jsonNumber(p, "total") + jsonNumber(p, "none")
	}
	return sum
}
