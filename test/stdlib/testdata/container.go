// SPDX-License-Identifier: Apache-2.0

package main

import (
	"container/heap"
	"container/list"
	"container/ring"
)

type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func testHeap() {
	h := intHeap(noise(50))
	heap.Init(&h)
	heap.Push(&h, 3)
	h[10] = 1
	heap.Fix(&h, 10)
	println(heap.Remove(&h, 5).(int))
	for h.Len() > 0 {
		print(heap.Pop(&h).(int), " ")
	}
	println()
}

func showList(l *list.List) {
	for e := l.Front(); e != nil; e = e.Next() {
		print(e.Value.(int), " ")
	}
	for e := l.Back(); e != nil; e = e.Prev() {
		print(e.Value.(int), " ")
	}
	println(l.Len())
}

func testList() {
	l := list.New()
	four := l.PushBack(4)
	one := l.PushFront(1)
	l.InsertBefore(3, four)
	l.InsertAfter(2, one)
	showList(l)
	l.MoveToFront(four)
	l.MoveToBack(one)
	l.MoveBefore(one, four)
	l.MoveAfter(four, one)
	showList(l)
	println(l.Remove(four).(int))
	m := list.New()
	m.PushBack(9)
	l.PushBackList(m)
	l.PushFrontList(m)
	showList(l)
	l.Init()
	showList(l)
}

func testRing() {
	r := ring.New(5)
	for i := range r.Len() {
		r.Value = i
		r = r.Next()
	}
	r.Do(func(x any) { print(x.(int), " ") })
	r = r.Move(2)
	x := r.Unlink(2)
	println(r.Len(), x.Len(), r.Prev().Value.(int))
	r.Link(x)
	r.Do(func(x any) { print(x.(int), " ") })
	println()
}
