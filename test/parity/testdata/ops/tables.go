// SPDX-License-Identifier: Apache-2.0

package ops

import "iter"

type tableMap interface {
	Lookup(uint32) *uint64
	Update(uint32, uint64) error
	Insert(uint32, uint64) error
	Replace(uint32, uint64) error
	Delete(uint32) error
	All() iter.Seq2[uint32, *uint64]
	LoadOrStore(uint32, uint64) (*uint64, bool, error)
}

func table[M tableMap](m M, s step) {
	switch s.op() {
	case Lookup:
		s.pointer(m.Lookup(s.key()))
	case Update:
		s.err(m.Update(s.key(), s.value()))
	case Insert:
		s.err(m.Insert(s.key(), s.value()))
	case Replace:
		s.err(m.Replace(s.key(), s.value()))
	case Delete:
		s.err(m.Delete(s.key()))
	case Add:
		add(m.Lookup(s.key()), s)
	case LoadOrStore:
		p, loaded, err := m.LoadOrStore(s.key(), s.value())
		s.pointer(p)
		s.flag(loaded)
		s.err(err)
		if !loaded {
			s.count(0)
		}
	case Sweep:
		var n uint32
		for k := range m.All() {
			if k%2 == 0 {
				s.err(m.Delete(k))
				n++
			}
		}
		s.count(n)
	default:
		walk(m.All(), s)
	}
}

type elementMap interface {
	Lookup(uint32) *uint64
	Update(uint32, uint64) error
	All() iter.Seq2[uint32, *uint64]
}

func elements[M elementMap](m M, s step) {
	switch s.op() {
	case Lookup:
		s.pointer(m.Lookup(s.key()))
	case Update:
		s.err(m.Update(s.key(), s.value()))
	case Add:
		add(m.Lookup(s.key()), s)
	default:
		walk(m.All(), s)
	}
}

func add(p *uint64, s step) {
	if p != nil {
		*p += s.value()
	}
	s.pointer(p)
}

func walk(all iter.Seq2[uint32, *uint64], s step) {
	var n uint32
	var sum uint64
	switch s.op() {
	case Sum:
		for k, v := range all {
			sum += uint64(k)<<32 + *v
			n++
		}
	case Stop:
		for range all {
			if uint64(n) == s.value() {
				break
			}
			n++
		}
	}
	s.count(n)
	s.result(sum)
}

type lineMap interface {
	Push(uint64) error
	PushEvict(uint64) error
	Pop() (uint64, bool)
	Peek() (uint64, bool)
}

func line[M lineMap](m M, s step) {
	switch s.op() {
	case Push:
		s.err(m.Push(s.value()))
	case PushEvict:
		s.err(m.PushEvict(s.value()))
	case Pop:
		v, ok := m.Pop()
		s.flag(ok)
		s.result(v)
	case Peek:
		v, ok := m.Peek()
		s.flag(ok)
		s.result(v)
	}
}
