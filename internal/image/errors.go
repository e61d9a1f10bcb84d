// SPDX-License-Identifier: Apache-2.0

package image

import (
	"errors"
	"fmt"
)

// Reasons why Read refuses a file; use errors.Is.
var (
	ErrEmpty     = errors.New("file is empty")
	ErrNotELF    = errors.New("not an ELF file")
	ErrKind      = errors.New("not an x86-64 relocatable ELF file")
	ErrTruncated = errors.New("file is truncated")
	ErrMalformed = errors.New("malformed ELF file")
	ErrTooLarge  = errors.New("file is too large")
	ErrNoMeta    = errors.New("no " + MetaSection + " section (not made by rex build?)")
	ErrMeta      = errors.New("bad metadata")
	ErrABI       = errors.New("object is for another ABI")
	ErrUndefined = errors.New("undefined symbol outside the ABI")
)

// ABIError says which ABI an object was built for and which one this binary
// has. It matches ErrABI.
type ABIError struct {
	Version, WantVersion uint32
	Hash, WantHash       uint64
}

func (e *ABIError) Error() string {
	return fmt.Sprintf("%v: object has version %d hash %016x, this tool has version %d hash %016x (rebuild the extension with this rex)",
		ErrABI, e.Version, e.Hash, e.WantVersion, e.WantHash)
}

// Is makes errors.Is(err, ErrABI) true.
func (e *ABIError) Is(target error) bool { return target == ErrABI }

// UndefinedError names a symbol that nothing will define. It matches
// ErrUndefined.
type UndefinedError struct {
	Symbol string
	// Referrer is the function or section that refers to it.
	Referrer string
}

func (e *UndefinedError) Error() string {
	return fmt.Sprintf("%v: %s refers to %s", ErrUndefined, e.Referrer, e.Symbol)
}

// Is makes errors.Is(err, ErrUndefined) true.
func (e *UndefinedError) Is(target error) bool { return target == ErrUndefined }

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

func truncated(what string) error {
	return fmt.Errorf("%w: %s lies beyond its end", ErrTruncated, what)
}
