package a

import "maps"

type set map[uint32]bool // want REX0114 `Go maps`

var seen = map[string]int{"a": 1} // want REX0114 `Go maps`

func build() int {
	m := make(map[int]int) // want REX0114 `Go maps`
	n := make(set)
	for range n {
	}
	_ = maps.Clone(m) // want REX0114 `Go maps`
	return len(m)
}

func generic[K comparable, V any](m map[K]V) int { // want REX0114 `Go maps`
	return len(m)
}

type hash struct{}

func (hash) m(map1 int) []int { return []int{map1} }
