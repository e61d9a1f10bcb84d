// SPDX-License-Identifier: Apache-2.0

package kernels

// states of an Aho-Corasick automaton over bytes.
const maxStates = 64

var (
	next [maxStates][256]uint8
	out  [maxStates]uint8
	fail [maxStates]uint8
)

func init() {
	states := uint8(1)
	for i, w := range [...]string{"attack", "tack", "evil", "vile", "exec", "ecc", "passwd"} {
		s := uint8(0)
		for j := range len(w) {
			if next[s][w[j]] == 0 {
				next[s][w[j]] = states
				states++
			}
			s = next[s][w[j]]
		}
		out[s] |= 1 << i
	}
	var queue [maxStates]uint8
	head, tail := 0, 0
	for c := range 256 {
		if s := next[0][c]; s != 0 {
			queue[tail] = s
			tail++
		}
	}
	for head < tail {
		s := queue[head]
		head++
		for c := range 256 {
			t := next[s][c]
			if t == 0 {
				next[s][c] = next[fail[s]][c]
				continue
			}
			fail[t] = next[fail[s]][c]
			out[t] |= out[fail[t]]
			queue[tail] = t
			tail++
		}
	}
}

func match(p []byte) (count int, last uint8) {
	s := uint8(0)
	for _, c := range p {
		s = next[s%maxStates][c]
		if o := out[s%maxStates]; o != 0 {
			count++
			last = o
		}
	}
	return count, last
}

func runAhoCorasick() uint64 {
	for i := range buffer {
		buffer[i] = "attackevilexeccpasswd"[(i+i/50)%21]
	}
	n, last := match(buffer[:])
	m, _ := match(input[:])
	return uint64(n)<<16 + uint64(m)<<8 + uint64(last)
}

var packed [4096]byte

// pack makes an LZ4 block of literals and matches of varying lengths.
func pack() int {
	n := 0
	for i := range 60 {
		lit, length := i%20, 4+i*3%40
		token := byte(0)
		if lit >= 15 {
			token = 0xf0
		} else {
			token = byte(lit) << 4
		}
		if length-4 >= 15 {
			token |= 15
		} else {
			token |= byte(length - 4)
		}
		packed[n] = token
		n++
		if lit >= 15 {
			packed[n] = byte(lit - 15)
			n++
		}
		for j := range lit {
			packed[n] = input[i*20+j]
			n++
		}
		off := 1 + i%7
		if i == 0 {
			// Nothing to copy from yet: end of the sequence's literals.
			packed[0] = 0xf0
			n = 1
			packed[n] = 5
			n++
			for j := range 20 {
				packed[n] = input[j]
				n++
			}
		}
		packed[n], packed[n+1] = byte(off), 0
		n += 2
		if length-4 >= 15 {
			packed[n] = byte(length - 4 - 15)
			n++
		}
	}
	packed[n] = 0
	return n + 1
}

// unpack decodes an LZ4 block; it returns the length, -1 for a bad one.
func unpack(dst, src []byte) int {
	i, n := 0, 0
	for i < len(src) {
		token := int(src[i])
		i++
		lit := token >> 4
		if lit == 15 {
			for i < len(src) {
				c := int(src[i])
				i++
				lit += c
				if c != 255 {
					break
				}
			}
		}
		if i+lit > len(src) || n+lit > len(dst) {
			return -1
		}
		for j := 0; j < lit; j++ {
			dst[n+j] = src[i+j]
		}
		i += lit
		n += lit
		if i >= len(src) {
			return n
		}
		if i+2 > len(src) {
			return -1
		}
		off := int(src[i]) | int(src[i+1])<<8
		i += 2
		length := token & 15
		if length == 15 {
			for i < len(src) {
				c := int(src[i])
				i++
				length += c
				if c != 255 {
					break
				}
			}
		}
		length += 4
		if off == 0 || off > n || n+length > len(dst) {
			return -1
		}
		for j := 0; j < length; j++ {
			dst[n] = dst[n-off]
			n++
		}
	}
	return n
}

func runLZ4() uint64 {
	n := pack()
	var sum uint64
	for range 10 {
		m := unpack(buffer[:], packed[:n])
		sum += uint64(m)
	}
	return sum<<8 + uint64(buffer[500])
}

var numbers [1000]uint32

// sortNumbers is a quicksort with insertion sort below 12 elements.
func sortNumbers(a []uint32) {
	for len(a) > 12 {
		m := len(a) / 2
		hi := len(a) - 1
		if a[m] < a[0] {
			a[m], a[0] = a[0], a[m]
		}
		if a[hi] < a[0] {
			a[hi], a[0] = a[0], a[hi]
		}
		if a[hi] < a[m] {
			a[hi], a[m] = a[m], a[hi]
		}
		pivot := a[m]
		i, j := 0, hi
		for i <= j {
			for a[i] < pivot {
				i++
			}
			for a[j] > pivot {
				j--
			}
			if i <= j {
				a[i], a[j] = a[j], a[i]
				i++
				j--
			}
		}
		if j+1 < len(a)-i {
			sortNumbers(a[:j+1])
			a = a[i:]
		} else {
			sortNumbers(a[i:])
			a = a[:j+1]
		}
	}
	for i := 1; i < len(a); i++ {
		x := a[i]
		j := i
		for j > 0 && a[j-1] > x {
			a[j] = a[j-1]
			j--
		}
		a[j] = x
	}
}

func runSort() uint64 {
	x := uint32(7)
	for i := range numbers {
		x = x*1664525 + 1013904223
		numbers[i] = x
	}
	sortNumbers(numbers[:])
	return uint64(numbers[0]) ^ uint64(numbers[500])<<16 ^ uint64(numbers[999])<<32
}

// top keeps the largest numbers seen, the smallest of them first.
type top struct {
	heap [16]uint32
	n    int
}

func (t *top) add(x uint32) {
	if t.n < len(t.heap) {
		i := t.n
		t.n++
		for i > 0 && t.heap[(i-1)/2] > x {
			t.heap[i] = t.heap[(i-1)/2]
			i = (i - 1) / 2
		}
		t.heap[i] = x
		return
	}
	if x <= t.heap[0] {
		return
	}
	i := 0
	for {
		c := 2*i + 1
		if c >= t.n {
			break
		}
		if c+1 < t.n && t.heap[c+1] < t.heap[c] {
			c++
		}
		if t.heap[c] >= x {
			break
		}
		t.heap[i] = t.heap[c]
		i = c
	}
	t.heap[i] = x
}

func runTopK() uint64 {
	var sum uint64
	for round := range uint32(8) {
		var t top
		x := round
		for i := range uint32(1000) {
			x = x*1664525 + 1013904223
			t.add(x>>8 + i<<8)
		}
		sum = sum*31 + uint64(t.heap[0])
	}
	return sum
}
