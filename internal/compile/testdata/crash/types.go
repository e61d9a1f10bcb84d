package main

import "cmp"

type (
	Empty struct{}
	Rec   struct{ next *Rec }
	RecS  []RecS
	RecM  map[string]RecM
	RecF  func(RecF) RecF
	RecI  interface{ M() RecI }
	Arr   [0]func()
	Zero  [4]struct{}
	Blank struct {
		_ int
		a int8
		_ [3]byte
		b any
	}
	A1                         = struct{ x, y int }
	Alias                      = Rec
	Gen[T any]                 struct{ v T }
	Tree[K cmp.Ordered, V any] struct {
		l, r *Tree[K, V]
		k    K
		v    V
	}
	Num interface{ ~int | ~uint8 }
	Emb struct {
		*Rec
		Gen[int]
		error
		Empty
	}
)

func (Empty) M() RecI { return Empty{} }
func (t *Tree[K, V]) put(k K, v V) *Tree[K, V] {
	if t == nil {
		return &Tree[K, V]{k: k, v: v}
	}
	switch cmp.Compare(k, t.k) {
	case -1:
		t.l = t.l.put(k, v)
	case 1:
		t.r = t.r.put(k, v)
	default:
		t.v = v
	}
	return t
}

func (g Gen[T]) get() T                   { return g.v }
func add[T Num](a, b T) T                 { return a + b<<1 }
func id[T any](x T) T                     { return x }
func ptr[P interface{ *T }, T any](p P) T { return *p }

func local() any {
	type T struct{ x int }
	type U[V any] = Gen[V]
	f := func() any {
		type T struct{ y string }
		return T{"a"}
	}
	_ = U[int]{1}.get()
	return [2]any{T{1}, f()}
}

func run() {
	var t *Tree[string, [2]Blank]
	t = t.put("a", [2]Blank{}).put("b", [2]Blank{1: {a: 1}})
	println(t.v[0] == t.v[1], add(1, 2), add[uint8](255, 3), ptr(&Empty{}) == Empty{})
	var i RecI = Empty{}
	println(i.M() == i, id[RecI](i) == nil)
	e := Emb{Rec: &Rec{}, Gen: Gen[int]{3}}
	println(e.get(), e.next == nil, e.error == nil)
	_ = local()
	var m RecM = RecM{"a": {"b": nil}}
	println(len(m["a"]["b"]["c"]))
	var s RecS = RecS{{}, {{}}}
	println(len(s[1][0]))
	println(len(Zero{}), cap(Arr{}), Zero{} == Zero{})
}
