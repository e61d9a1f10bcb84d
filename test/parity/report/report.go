// SPDX-License-Identifier: Apache-2.0

// Package report is how programs of scenarios and the test talk: the program
// reads what the test puts into In, and writes lines of text into Out.
package report

import (
	"strconv"

	"github.com/rex-go/rex"
)

// Text is what a scenario has written. Lost is how many bytes did not fit.
type Text struct {
	Len, Lost uint32
	Bytes     [16376]byte
	// Times are for what the test knows bounds of.
	Times [4]uint64
}

// Input is what the test tells a scenario.
type Input struct {
	// Case is the scenario's number, Hook the program that is to run it, where
	// there are several.
	Case, Hook uint32
	// Thread is the only one whose events count.
	Thread, _ uint32
	Args      [8]uint64
}

// Out and In have one entry each.
var (
	Out = rex.NewArray[Text](1)
	In  = rex.NewArray[Input](1)
)

// Case returns the scenario that a program is to run for the current thread's
// event, if it is to run one and none has been run yet.
func Case(hook uint32) (n int, ok bool) {
	in, out := In.Lookup(0), Out.Lookup(0)
	if in == nil || out == nil || in.Hook != hook || in.Thread != rex.PID() || in.Thread == 0 || out.Len != 0 {
		return 0, false
	}
	String("hook", "reached")
	return int(in.Case), true
}

// Arg returns one of the test's arguments.
func Arg(i int) uint64 {
	if in := In.Lookup(0); in != nil {
		return in.Args[i]
	}
	return 0
}

// Time hands the test a time.
func Time(i int, v uint64) {
	if t := Out.Lookup(0); t != nil {
		t.Times[i] = v
	}
}

func write(s string) {
	t := Out.Lookup(0)
	if t == nil || t.Len > uint32(len(t.Bytes)) {
		return
	}
	n := copy(t.Bytes[t.Len:], s)
	t.Len += uint32(n)
	t.Lost += uint32(len(s) - n)
}

func line(name, value string) {
	write(name)
	write(": ")
	write(value)
	write("\n")
}

// String writes a line with a text.
func String(name, s string) { line(name, strconv.Quote(s)) }

// Bytes writes a line with bytes.
func Bytes(name string, b []byte) {
	const digits = "0123456789abcdef"
	hex := make([]byte, 0, 2*len(b))
	for _, c := range b {
		hex = append(hex, digits[c>>4], digits[c&15])
	}
	line(name, string(hex))
}

type number interface {
	~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~int | ~int8 | ~int16 | ~int32 | ~int64
}

// Number writes a line with a number.
func Number[T number](name string, v T) {
	if v < 0 {
		line(name, strconv.FormatInt(int64(v), 10))
	} else {
		line(name, strconv.FormatUint(uint64(v), 10))
	}
}

// Is writes a line with a truth.
func Is(name string, ok bool) { line(name, strconv.FormatBool(ok)) }

// Err writes a line with an error.
func Err(name string, err error) {
	switch e := err.(type) {
	case nil:
		line(name, "ok")
	case rex.Errno:
		line(name, "errno "+strconv.FormatUint(uint64(e), 10))
	default:
		line(name, "an error that is no errno")
	}
}
