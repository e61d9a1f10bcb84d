// SPDX-License-Identifier: Apache-2.0

package native

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

const framesEntry = `package main

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/xdp"
)

//rex:xdp
func RexMain(ctx *xdp.Context) xdp.Action {
	cases()[rex.CPU()]()
	return 0
}
`

// Each case panics through something that the compiler makes: a thunk, an
// interface's dispatch, a deferred call's record, a method wrapper.
const framesSource = `package main

import "math/bits"

var nothing uint64

type T struct{ a int }

func (t T) M(i int) int { return t.a / i }
func (t *T) P(i int) int  { return t.a + i }

type I interface{ M(int) int }

type E struct{ T }

func call(f func(int) int) int { return f(0) }

func deferred(i int) {
	defer func() {
		if i > 0 {
			println([]int{1}[i])
		}
	}()
	if i == 2 {
		return
	}
	println("deferred")
}

func loop() {
	for i := range 3 {
		defer func() {
			println(6 / i)
		}()
	}
}

func cases() []func() {
	return []func(){
		func() { var i I; println(i.M(1)) },
		func() { var i I = T{1}; println(i.M(0)) },
		func() { var i I = &T{1}; println(i.M(0)) },
		func() { var i I = E{T{1}}; println(i.M(0)) },
		func() { println(call(T{1}.M)) },
		func() { println(call(func(i int) int { return 1 / i })) },
		func() { var p *T; println(call(p.P)) },
		func() { deferred(1) },
		func() { deferred(2) },
		loop,
		func() { m := map[any]int{1: 1}; println(m[[]int{1}]) },
		func() { println(bits.Div64(3, 2, nothing)) },
		func() { println(bits.Div64(3, 2, nothing+3)) },
		func() { println(bits.Rem64(3, 2, nothing)) },
		func() { println(bits.Div(3, 2, uint(nothing)+1)) },
		func() { var e any = T{1}; println(e == any([1]func(){}), e == e); e = []int{1}; println(e == e) },
	}
}
`

// TestFrames compares the lines of every frame with Go's.
func TestFrames(t *testing.T) { compareFrames(t, []byte(framesSource)) }

// compareFrames compares how each case of a source ends with how it ends in Go.
func compareFrames(t *testing.T, src []byte) {
	t.Helper()
	exe, err := BuildGo(t.Context(), map[string][]byte{"p.go": src, "host.go": []byte(hostFile)}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	res, err := Compile(t.Context(), map[string][]byte{"p.go": src, "entry.go": []byte(framesEntry)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Link(t.Context(), res, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		want, err := RunGo(t.Context(), exe, Limits{}, strconv.Itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		if want.Exit == 99 {
			break
		}
		want.Frames = slices.DeleteFunc(want.Frames, func(f string) bool { return strings.HasPrefix(f, "host.go:") })
		got, err := p.Run(t.Context(), i, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Trouble != "" || got.Panic != want.Panic || got.Output != want.Output || !slices.Equal(got.Frames, want.Frames) {
			t.Errorf("case %d:\ngot  %+v\nwant %+v", i, got, want)
		}
	}
}
