// SPDX-License-Identifier: Apache-2.0

package main

type P struct {
	a int
	s string
}

func cases() []func() {
	return []func(){
		mapOperations,
		func() { // clear and reuse in a loop over the map
			m := map[string]int{"a": 1, "b": 2, "c": 3}
			n := 0
			for range m {
				clear(m)
				n++
			}
			m["x"] = 1
			println(n, len(m))
		},
		func() { // each entry once, whatever happens meanwhile
			m := map[int]int{}
			for i := range 50 {
				m[i] = 0
			}
			for k := range m {
				if k < 50 {
					m[k]++
					m[k+100] = 1
					delete(m, (k+1)%50+200)
				}
			}
			bad := 0
			for i := range 50 {
				if m[i] != 1 {
					bad++
				}
			}
			println(bad)
		},
		func() { var m map[int]int; m[1]++ },
		func() { m := map[any]int{}; println(m[func() {}]) },
		func() { var m map[any]int; println(m[[]int{1}]) },
		func() { m := map[[2]any]int{{1, "x"}: 2}; println(m[[2]any{1, "x"}], m[[2]any{1, map[int]int{}}]) },
	}
}

func mapOperations() {
	m := map[string]int{"a": 1, "b": 2}
	m["c"] += 5
	println(len(m), m["a"], m["b"], m["c"], m["zz"])
	delete(m, "a")
	v, ok := m["a"]
	println(v, ok, len(m))
	sum := 0
	big := map[int]int{}
	for i := 0; i < 1000; i++ {
		big[i*7] = i
	}
	for k, v := range big {
		sum += k*3 + v
		if k%2 == 0 {
			delete(big, k)
		}
	}
	println(len(big), sum)
	pm := map[P]*P{{1, "x"}: {2, "y"}}
	println(pm[P{1, "x"}].s)
	im := map[any]string{1: "int", "1": "string", P{1, "q"}: "P", int8(1): "int8"}
	println(im[1], im["1"], im[P{1, "q"}], im[int8(1)], im[int16(1)])
	n := 0
	for i := 0; i < 10000; i++ {
		big[i] = i
		delete(big, i)
		n++
	}
	println(n, len(big))
	clear(big)
	println(len(big))
	am := map[[3]string][20]int{}
	am[[3]string{"a", "b", "c"}] = [20]int{3: 4}
	x := am[[3]string{"a", "b", "c"}]
	println(x[3])
	for k, v := range am {
		println(k[1], v[3])
	}
	cnt := 0
	gm := map[int]int{1: 1}
	for k := range gm {
		cnt++
		if cnt < 100 {
			for j := 0; j < 20; j++ {
				gm[k*31+j+cnt*1000] = 1
			}
		}
		if cnt > 5000 {
			break
		}
	}
	println(cnt > 0)
	defer delete(gm, 1)
	var nm map[string]int
	println(nm["x"], len(nm))
	for range nm {
		println("no")
	}
	im[[]int{1}] = "x"
}
