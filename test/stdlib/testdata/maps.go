// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"slices"
)

func testMaps() {
	m := map[string]int{"one": 1, "two": 2, "three": 3}
	c := maps.Clone(m)
	println(maps.Equal(m, c), len(c), maps.Clone(map[string]int(nil)) == nil)
	c["four"] = 4
	println(maps.Equal(m, c), len(m), maps.EqualFunc(m, m, func(a, b int) bool { return a == b }))
	println(joined(slices.Sorted(maps.Keys(c))))
	showInts(slices.Sorted(maps.Values(c)))
	maps.DeleteFunc(c, func(k string, v int) bool { return v%2 == 0 })
	println(joined(slices.Sorted(maps.Keys(c))))
	maps.Copy(c, map[string]int{"one": 11, "five": 5})
	println(c["one"], c["five"], len(c))
	d := maps.Collect(maps.All(c))
	println(maps.Equal(c, d))
	maps.Insert(d, maps.All(m))
	println(d["one"], len(d))
}
