package main

func labels(n int) (r int) {
	defer func() { r++ }()
outer:
	for i := range n {
		switch {
		case i == 1:
			continue outer
		case i > 3:
			break outer
		default:
			for j := i; ; j++ {
				if j > 5 {
					goto done
				}
				if j&1 == 0 {
					continue
				}
				continue outer
			}
		}
	}
done:
	{
	again:
		if r < 10 {
			r += 3
			goto again
		}
	}
	for range 3 {
		defer func(x int) { r += x }(r)
	}
	switch x := any(r).(type) {
	case nil, string:
		_ = x
	case int:
		return x
	}
	return
}

func iter(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

func funcs() (a, b int) {
	for i := range iter(5) {
		for j := range iter(i) {
			defer func() { a += j }()
			if j == 2 {
				return i, j
			}
		}
	}
	func() {
		for range iter(3) {
			a++
		}
	}()
	return
}

func empty() {
	for {
		break
	}
	switch {
	}
	switch x := 1; x {
	}
	if false {
	}
	{
	}
	for range 0 {
	}
	for range "" {
	}
	for range [0]int{} {
	}
	var f func()
	for range map[int]int(nil) {
		f()
	}
	_ = func() {}
}

var x, y = y + 1, z()

func z() int { return w }

var w = func() int { return 3 }()

var _ = x

func init() { x++ }
func init() { y-- }
