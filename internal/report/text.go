// SPDX-License-Identifier: Apache-2.0

// Package report turns rex.ko's event records into text and JSON: messages in
// Go's own wording, frames with file and line. It is pure: what it knows of an
// extension comes in through Lookup.
package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rex-go/rex/internal/abi"
)

// bounds holds the wordings of a failed index or slice expression, as in
// runtime/error.go: %x is the value at fault, %y the bound. A value that is
// signed and negative is reported without its bound.
type bounds struct {
	text, negative string
	signed         bool
}

var boundsText = map[abi.PanicCode]bounds{
	abi.PanicIndex:       {"index out of range [%x] with length %y", "index out of range [%x]", true},
	abi.PanicIndexU:      {"index out of range [%x] with length %y", "", false},
	abi.PanicSliceAlen:   {"slice bounds out of range [:%x] with length %y", "slice bounds out of range [:%x]", true},
	abi.PanicSliceAlenU:  {"slice bounds out of range [:%x] with length %y", "", false},
	abi.PanicSliceAcap:   {"slice bounds out of range [:%x] with capacity %y", "slice bounds out of range [:%x]", true},
	abi.PanicSliceAcapU:  {"slice bounds out of range [:%x] with capacity %y", "", false},
	abi.PanicSliceB:      {"slice bounds out of range [%x:%y]", "slice bounds out of range [%x:]", true},
	abi.PanicSliceBU:     {"slice bounds out of range [%x:%y]", "", false},
	abi.PanicSlice3Alen:  {"slice bounds out of range [::%x] with length %y", "slice bounds out of range [::%x]", true},
	abi.PanicSlice3AlenU: {"slice bounds out of range [::%x] with length %y", "", false},
	abi.PanicSlice3Acap:  {"slice bounds out of range [::%x] with capacity %y", "slice bounds out of range [::%x]", true},
	abi.PanicSlice3AcapU: {"slice bounds out of range [::%x] with capacity %y", "", false},
	abi.PanicSlice3B:     {"slice bounds out of range [:%x:%y]", "slice bounds out of range [:%x:]", true},
	abi.PanicSlice3BU:    {"slice bounds out of range [:%x:%y]", "", false},
	abi.PanicSlice3C:     {"slice bounds out of range [%x:%y:]", "slice bounds out of range [%x::]", true},
	abi.PanicSlice3CU:    {"slice bounds out of range [%x:%y:]", "", false},
}

func (b bounds) format(x, y uint64) string {
	text, value := b.text, strconv.FormatUint(x, 10)
	if b.signed && int64(x) < 0 {
		text, value = b.negative, strconv.FormatInt(int64(x), 10)
	}
	return strings.NewReplacer("%x", value, "%y", strconv.FormatInt(int64(y), 10)).Replace(text)
}

// PanicText returns the message of a panic, timeout or stack overflow as Go's
// runtime prints it, with "panic: " or "fatal error: " in front. text is the
// record's message, for the codes that have one.
func PanicText(code abi.PanicCode, a, b uint64, text string) string {
	if f, ok := boundsText[code]; ok {
		return runtimeError(f.format(a, b))
	}
	switch code {
	case abi.PanicSliceConvert:
		return runtimeError(fmt.Sprintf("cannot convert slice with length %d to array or pointer to array with length %d", int64(a), int64(b)))
	case abi.PanicDivide:
		return runtimeError("integer divide by zero")
	case abi.PanicNil, abi.PanicNilFunc:
		return runtimeError("invalid memory address or nil pointer dereference")
	case abi.PanicShift:
		return runtimeError("negative shift amount")
	case abi.PanicMakeSliceLen:
		return runtimeError("makeslice: len out of range")
	case abi.PanicMakeSliceCap:
		return runtimeError("makeslice: cap out of range")
	case abi.PanicHash:
		return runtimeError("hash of unhashable type " + text)
	case abi.PanicCompare:
		return runtimeError("comparing uncomparable type " + text)
	case abi.PanicNilMap:
		return "panic: assignment to entry in nil map"
	case abi.PanicTypeAssert:
		return "panic: interface conversion: " + text
	case abi.PanicString, abi.PanicError:
		// Go indents what follows a line break, so that no panic's text can
		// be taken for the rest of the report.
		return "panic: " + strings.ReplaceAll(text, "\n", "\n\t")
	case abi.PanicInt:
		return "panic: " + strconv.FormatInt(int64(a), 10)
	case abi.PanicUint:
		return "panic: " + strconv.FormatUint(a, 10)
	case abi.PanicBool:
		return "panic: " + strconv.FormatBool(a != 0)
	case abi.PanicValue:
		return "panic: (" + text + ")"
	case abi.PanicArena:
		return runtimeError(fmt.Sprintf("arena exhausted: %d bytes asked for, the arena has %d", a, b))
	case abi.PanicNest:
		return runtimeError("invocations nested too deep")
	case abi.PanicLock:
		return runtimeError("lock: " + text)
	case abi.PanicHelper:
		return runtimeError(text)
	case abi.PanicUnreachable:
		return "fatal error: unreachable code reached"
	case abi.PanicStack:
		return "fatal error: stack overflow"
	case abi.PanicTimeout:
		return fmt.Sprintf("fatal error: time budget of %v exceeded", time.Duration(a)*time.Millisecond)
	}
	s := fmt.Sprintf("panic: code %d (%d, %d)", code, a, b)
	if text != "" {
		s += ": " + text
	}
	return s
}

func runtimeError(s string) string { return "panic: runtime error: " + s }
