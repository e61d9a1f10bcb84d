// SPDX-License-Identifier: Apache-2.0

package progen

// prelude is what the programs of a batch share. The variables z_T are zero,
// set by setup from a number that no compiler knows; c_T are zero and never
// written, so a compiler may fold them.
const prelude = `
type ints interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint
}

var (
	z_int    int
	z_int8   int8
	z_int16  int16
	z_int32  int32
	z_int64  int64
	z_uint   uint
	z_uint8  uint8
	z_uint16 uint16
	z_uint32 uint32
	z_uint64 uint64

	c_int    int
	c_int8   int8
	c_int16  int16
	c_int32  int32
	c_int64  int64
	c_uint   uint
	c_uint8  uint8
	c_uint16 uint16
	c_uint32 uint32
	c_uint64 uint64
)

// fuel ends loops when a program has run long enough.
var fuel = 1500

// setup is given the number of the program.
func setup(n int) {
	n >>= 20
	z_int, z_int8, z_int16, z_int32, z_int64 = int(n), int8(n), int16(n), int32(n), int64(n)
	z_uint, z_uint8, z_uint16, z_uint32, z_uint64 = uint(n), uint8(n), uint16(n), uint32(n), uint64(n)
}

func pi(v int64)  { println(v) }
func pu(v uint64) { println(v) }
func pb(v bool)   { println(v) }
func ps(v string) { println(v) }

func gen[T ints](a, b T) T {
	if a > b {
		return a - b
	}
	return b ^ a<<3
}

func sum[T ints](first T, more ...T) T {
	for i, m := range more {
		first = first*3 + m<<(uint(i)&7)
	}
	return first
}

func seq(n int) func(func(int, int) bool) {
	return func(yield func(int, int) bool) {
		for i := range n {
			if !yield(i, i*i) {
				return
			}
		}
	}
}

func each[T any](s []T) func(func(int, T) bool) {
	return func(yield func(int, T) bool) {
		for i, v := range s {
			if !yield(i, v) {
				return
			}
		}
	}
}

func only[T any](s func(func(int, T) bool), keep func(T) bool) func(func(T) bool) {
	return func(yield func(T) bool) {
		for _, v := range s {
			if !keep(v) {
				continue
			}
			if !yield(v) {
				return
			}
		}
	}
}

func apply[T, U any](s []T, f func(T) U) (out []U) {
	for _, v := range s {
		out = append(out, f(v))
	}
	return
}

func fold[T, U any](s []T, u U, f func(U, T) U) U {
	for _, v := range s {
		u = f(u, v)
	}
	return u
}

type stack[T any] struct{ items []T }

func (s *stack[T]) push(v T) *stack[T] {
	s.items = append(s.items, v)
	return s
}

func (s *stack[T]) pop() (v T, ok bool) {
	if len(s.items) == 0 {
		return v, false
	}
	v = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return v, true
}

type pair[K comparable, V any] struct {
	k K
	v V
}

func (p pair[K, V]) is(k K) bool  { return p.k == k }
func (p *pair[K, V]) set(k K, v V) { p.k, p.v = k, v }

type list[T any] struct {
	v    T
	next *list[T]
}

func (l *list[T]) add(v T) *list[T] { return &list[T]{v, l} }

func (l *list[T]) reverse() *list[T] {
	var r *list[T]
	for l != nil {
		l, l.next, r = l.next, r, l
	}
	return r
}

type fault struct{ code int }

func (f fault) Error() string { return "fault " + string(rune('a'+f.code&15)) }

type tag string

func (t tag) String() string { return "tag " + string(t) }
`
