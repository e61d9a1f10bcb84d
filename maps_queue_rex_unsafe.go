// SPDX-License-Identifier: Apache-2.0

//go:build rex

package rex

import (
	"unsafe"

	"github.com/rex-go/rex/internal/rt"
)

// SAFETY (all uses of unsafe in this file): as in maps_rex_unsafe.go; values are
// written by the helper, Sizeof(V) bytes of a V, which holds no references.

// Queue is a bounded first-in, first-out queue of values, shared by all CPUs
// (BPF_MAP_TYPE_QUEUE). In NMI context an operation fails while another CPU is in one.
type Queue[V any] struct{ opaque }

// NewQueue makes a queue of at most maxEntries values, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref V
func NewQueue[V any](maxEntries int) *Queue[V] { panic(errConstructor) }

// Push adds v; it returns ErrTooBig when the queue is full.
func (m *Queue[V]) Push(v V) error {
	return result(rt.MapPush(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v), updateAny))
}

// PushEvict adds v; when the queue is full, the oldest value goes.
func (m *Queue[V]) PushEvict(v V) error {
	return result(rt.MapPush(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v), updateExist))
}

// Pop removes and returns the oldest value, the zero value and false when there
// is none.
func (m *Queue[V]) Pop() (v V, ok bool) {
	ok = rt.MapPop(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v)) == 0
	return v, ok
}

// Peek returns the oldest value, the zero value and false when there is none.
func (m *Queue[V]) Peek() (v V, ok bool) {
	ok = rt.MapPeek(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v)) == 0
	return v, ok
}

// Stack is a bounded last-in, first-out stack of values, shared by all CPUs
// (BPF_MAP_TYPE_STACK). In NMI context an operation fails while another CPU is in one.
type Stack[V any] struct{ opaque }

// NewStack makes a stack of at most maxEntries values, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref V
func NewStack[V any](maxEntries int) *Stack[V] { panic(errConstructor) }

// Push adds v; it returns ErrTooBig when the stack is full.
func (m *Stack[V]) Push(v V) error {
	return result(rt.MapPush(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v), updateAny))
}

// PushEvict adds v; when the stack is full, the oldest value goes.
func (m *Stack[V]) PushEvict(v V) error {
	return result(rt.MapPush(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v), updateExist))
}

// Pop removes and returns the newest value, the zero value and false when there
// is none.
func (m *Stack[V]) Pop() (v V, ok bool) {
	ok = rt.MapPop(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v)) == 0
	return v, ok
}

// Peek returns the newest value, the zero value and false when there is none.
func (m *Stack[V]) Peek() (v V, ok bool) {
	ok = rt.MapPeek(unsafe.Pointer(&m.opaque), unsafe.Pointer(&v)) == 0
	return v, ok
}
