// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"slices"
	"sort"
)

type person struct {
	name string
	age  int
}

func people() []person {
	return []person{{"Eve", 31}, {"Bob", 25}, {"Alice", 31}, {"Dan", 25}, {"Carol", 40}}
}

func showPeople(list []person) {
	for _, p := range list {
		print(p.name, "/", p.age, " ")
	}
	println()
}

type byAge []person

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].age < b[j].age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func noise(n int) []int {
	list := make([]int, n)
	x := uint32(12345)
	for i := range list {
		x = x*1664525 + 1013904223
		list[i] = int(x >> 20)
	}
	return list
}

func showInts(list []int) {
	for _, x := range list {
		print(x, " ")
	}
	println()
}

func testSort() {
	a := noise(200)
	sort.Ints(a)
	println(sort.IntsAreSorted(a), sort.SearchInts(a, a[100]), sort.SearchInts(a, 1<<40))
	showInts(a)
	s := []string{"pear", "apple", "fig", ""}
	sort.Strings(s)
	println(joined(s), sort.StringsAreSorted(s), sort.SearchStrings(s, "fig"))
	p := people()
	sort.Sort(byAge(p))
	println(sort.IsSorted(byAge(p)))
	sort.Stable(sort.Reverse(byAge(p)))
	showPeople(p)
	p = people()
	sort.Slice(p, func(i, j int) bool { return p[i].name < p[j].name })
	showPeople(p)
	sort.SliceStable(p, func(i, j int) bool { return p[i].age < p[j].age })
	showPeople(p)
	println(sort.SliceIsSorted(p, func(i, j int) bool { return p[i].age < p[j].age }))
	bs := []byte("the quick brown fox jumps over the lazy dog")
	sort.Slice(bs, func(i, j int) bool { return bs[i] < bs[j] })
	println(string(bs))
	big := noise(1000)
	sort.Slice(big, func(i, j int) bool { return big[i] > big[j] })
	println(sort.SliceIsSorted(big, func(i, j int) bool { return big[i] > big[j] }), big[0], big[999])
	println(sort.Search(100, func(i int) bool { return i*i >= 2000 }))
	i, found := sort.Find(len(s), func(i int) int { return cmp.Compare("fig", s[i]) })
	println(i, found)
	sort.IntSlice(a).Sort()
	sort.StringSlice(s).Sort()
	println(sort.IntSlice(a).Search(5), sort.StringSlice(s).Search("pear"), sort.IntSlice(a).Len(), sort.IntSlice(a).Less(0, 1), sort.StringSlice(s).Len(), sort.StringSlice(s).Less(0, 1))
	sort.IntSlice(a).Swap(0, 1)
	sort.StringSlice(s).Swap(0, 1)
}

func testCmp() {
	println(cmp.Compare(1, 2), cmp.Compare("b", "a"), cmp.Less(1, 2), cmp.Or(0, 0, 3, 4), cmp.Or("", "x"))
}

func testSlices() {
	a := noise(300)
	slices.Sort(a)
	println(slices.IsSorted(a))
	i, found := slices.BinarySearch(a, a[50])
	println(i, found)
	p := people()
	slices.SortFunc(p, func(x, y person) int { return cmp.Or(cmp.Compare(x.age, y.age), cmp.Compare(x.name, y.name)) })
	showPeople(p)
	p = people()
	slices.SortStableFunc(p, func(x, y person) int { return cmp.Compare(x.age, y.age) })
	showPeople(p)
	println(slices.IsSortedFunc(p, func(x, y person) int { return cmp.Compare(x.age, y.age) }))
	i, found = slices.BinarySearchFunc(p, 31, func(x person, age int) int { return cmp.Compare(x.age, age) })
	println(i, found)
	b := []int{3, 1, 4, 1, 5, 9, 2, 6}
	println(slices.Max(b), slices.Min(b), slices.Index(b, 4), slices.IndexFunc(b, func(x int) bool { return x > 4 }), slices.Contains(b, 9), slices.ContainsFunc(b, func(x int) bool { return x < 0 }))
	println(slices.MaxFunc(p, func(x, y person) int { return cmp.Compare(x.age, y.age) }).name, slices.MinFunc(p, func(x, y person) int { return cmp.Compare(x.name, y.name) }).name)
	println(slices.Equal(b, b), slices.EqualFunc(b, a, func(x, y int) bool { return x == y }), slices.Compare(b, a[:3]), slices.CompareFunc(b, a, func(x, y int) int { return x - y }))
	c := slices.Clone(b)
	slices.Reverse(c)
	showInts(c)
	showInts(slices.Compact([]int{1, 1, 2, 3, 3, 3}))
	showInts(slices.CompactFunc([]int{1, -1, 2, 3, -3}, func(x, y int) bool { return x == y || x == -y }))
	showInts(slices.Concat(b, []int{7}, c))
	showInts(slices.Delete(slices.Clone(b), 1, 3))
	showInts(slices.DeleteFunc(slices.Clone(b), func(x int) bool { return x%2 == 0 }))
	showInts(slices.Insert(slices.Clone(b), 2, 100, 200))
	showInts(slices.Insert(b[:3:3], 1, b[1:3]...))
	showInts(slices.Replace(slices.Clone(b), 1, 4, 0, 0))
	showInts(slices.Repeat([]int{1, 2}, 3))
	println(len(slices.Grow(b, 100)), cap(slices.Grow(b, 100)) >= 108, cap(slices.Clip(b[:2])))
	for i, x := range slices.All(b[:3]) {
		print(i, ":", x, " ")
	}
	for i, x := range slices.Backward(b[:3]) {
		print(i, ":", x, " ")
	}
	for x := range slices.Values(b[:3]) {
		print(x, " ")
	}
	for ch := range slices.Chunk(b, 3) {
		print("[")
		for _, x := range ch {
			print(x, " ")
		}
		print("]")
	}
	println()
	showInts(slices.Collect(slices.Values(b)))
	showInts(slices.AppendSeq([]int{0}, slices.Values(b)))
	showInts(slices.Sorted(slices.Values(b)))
	showInts(slices.SortedFunc(slices.Values(b), func(x, y int) int { return y - x }))
	showInts(slices.SortedStableFunc(slices.Values(b), func(x, y int) int { return x/2 - y/2 }))
}
