// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package rex

import (
	"reflect"
	"sync"

	"github.com/rex-go/rex/internal/sim"
)

// line is the elements of a queue or stack, oldest first.
type line[V any] struct {
	mu  sync.Mutex
	max int
	v   []V
}

func (l *line[V]) init(max int) {
	l.max = max
	sim.OnReset(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.v = nil
	})
}

func (l *line[V]) push(v V, evict bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.v) >= l.max {
		if !evict {
			return ErrTooBig
		}
		l.v = l.v[1:]
	}
	l.v = append(l.v, v)
	return nil
}

// take returns the oldest or newest element and removes it if asked.
func (l *line[V]) take(newest, remove bool) (v V, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.v) == 0 {
		return v, false
	}
	i := 0
	if newest {
		i = len(l.v) - 1
	}
	v = l.v[i]
	if remove {
		l.v = append(l.v[:i:i], l.v[i+1:]...)
	}
	return v, true
}

// Queue is a bounded first-in, first-out queue of values, shared by all CPUs
// (BPF_MAP_TYPE_QUEUE). In NMI context an operation fails while another CPU is in one.
type Queue[V any] struct {
	_ [0]func()
	l line[V]
}

// NewQueue makes a queue of at most maxEntries values, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref V
func NewQueue[V any](maxEntries int) *Queue[V] {
	checkMap("Queue", nil, reflect.TypeFor[V](), maxEntries)
	m := new(Queue[V])
	m.l.init(maxEntries)
	mirrorLine(&m.l)
	return m
}

// Push adds v; it returns ErrTooBig when the queue is full.
func (m *Queue[V]) Push(v V) error { return m.l.push(v, false) }

// PushEvict adds v; when the queue is full, the oldest value goes.
func (m *Queue[V]) PushEvict(v V) error { return m.l.push(v, true) }

// Pop removes and returns the oldest value, the zero value and false when there
// is none.
func (m *Queue[V]) Pop() (v V, ok bool) { return m.l.take(false, true) }

// Peek returns the oldest value, the zero value and false when there is none.
func (m *Queue[V]) Peek() (v V, ok bool) { return m.l.take(false, false) }

// Stack is a bounded last-in, first-out stack of values, shared by all CPUs
// (BPF_MAP_TYPE_STACK). In NMI context an operation fails while another CPU is in one.
type Stack[V any] struct {
	_ [0]func()
	l line[V]
}

// NewStack makes a stack of at most maxEntries values, which must be a positive
// constant. Call it only to initialise a package-level variable.
//
//rex:noref V
func NewStack[V any](maxEntries int) *Stack[V] {
	checkMap("Stack", nil, reflect.TypeFor[V](), maxEntries)
	m := new(Stack[V])
	m.l.init(maxEntries)
	mirrorLine(&m.l)
	return m
}

// Push adds v; it returns ErrTooBig when the stack is full.
func (m *Stack[V]) Push(v V) error { return m.l.push(v, false) }

// PushEvict adds v; when the stack is full, the oldest value goes.
func (m *Stack[V]) PushEvict(v V) error { return m.l.push(v, true) }

// Pop removes and returns the newest value, the zero value and false when there
// is none.
func (m *Stack[V]) Pop() (v V, ok bool) { return m.l.take(true, true) }

// Peek returns the newest value, the zero value and false when there is none.
func (m *Stack[V]) Peek() (v V, ok bool) { return m.l.take(true, false) }
