// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
)

type codeError struct{ code int }

func (e codeError) Error() string { return "code" }

type textError struct {
	text  string
	cause error
}

func (e *textError) Error() string { return e.text }
func (e *textError) Unwrap() error { return e.cause }

type listError []string

func (e listError) Error() string { return "list" }

type isError struct{}

func (isError) Error() string        { return "is" }
func (isError) Is(target error) bool { return target == io.EOF }

type asError struct{}

func (asError) Error() string { return "as" }
func (asError) As(target any) bool {
	if c, ok := target.(*codeError); ok {
		c.code = 99
		return true
	}
	return false
}

type coder interface{ Code() int }

func (e codeError) Code() int { return e.code }

func testErrors() {
	base := errors.New("base")
	wrapped := &textError{"wrapped", base}
	two := errors.Join(base, nil, codeError{7})
	println(two.Error(), errors.Join() == nil, errors.Unwrap(wrapped) == base, errors.Unwrap(base) == nil)
	println(errors.Is(wrapped, base), errors.Is(base, wrapped), errors.Is(two, codeError{7}), errors.Is(two, codeError{8}), errors.Is(nil, base), errors.Is(nil, nil), errors.Is(base, nil))
	println(errors.Is(listError{"a"}, listError{"a"}), errors.Is(isError{}, io.EOF), errors.Is(isError{}, io.ErrUnexpectedEOF), errors.Is(base, errors.ErrUnsupported))
	var ce codeError
	println(errors.As(two, &ce), ce.code)
	var te *textError
	println(errors.As(&textError{"outer", wrapped}, &te), te.text)
	println(errors.As(base, &te), te.text)
	var c coder
	println(errors.As(&textError{"o", two}, &c), c.Code())
	var l listError
	println(errors.As(errors.Join(wrapped, listError{"x", "y"}), &l), len(l))
	println(errors.As(asError{}, &ce), ce.code, errors.As(nil, &ce))
	var e error
	println(errors.As(wrapped, &e), e.Error())
	got, ok := errors.AsType[codeError](two)
	println(got.code, ok)
	_, ok = errors.AsType[*textError](two)
	println(ok)
}
