// SPDX-License-Identifier: Apache-2.0

package main

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

func testUnicode() {
	for _, r := range []rune{'a', 'Z', '5', ' ', '\t', 'ž', 'Ž', '字', 'ǅ', '٣', '½', '+', '.', '\u0301', 0x10ffff, 0xd800, -1, '\u200b', 'ſ', 'İ'} {
		println(r, unicode.IsControl(r), unicode.IsDigit(r), unicode.IsGraphic(r), unicode.IsLetter(r), unicode.IsLower(r), unicode.IsMark(r), unicode.IsNumber(r), unicode.IsPrint(r), unicode.IsPunct(r), unicode.IsSpace(r), unicode.IsSymbol(r), unicode.IsTitle(r), unicode.IsUpper(r))
		println(unicode.ToLower(r), unicode.ToUpper(r), unicode.ToTitle(r), unicode.SimpleFold(r), unicode.To(unicode.UpperCase, r))
		println(unicode.Is(unicode.Han, r), unicode.In(r, unicode.Latin, unicode.Greek), unicode.IsOneOf([]*unicode.RangeTable{unicode.Cyrillic, unicode.Letter}, r))
		println(unicode.TurkishCase.ToLower(r), unicode.TurkishCase.ToUpper(r), unicode.TurkishCase.ToTitle(r))
	}
}

func testUTF8() {
	for _, s := range []string{"", "a", "žlu", "字", "\xff", "\xe5\xad", "\xed\xa0\x80", "\xf4\x90\x80\x80", "😀x"} {
		b := []byte(s)
		r, n := utf8.DecodeRuneInString(s)
		println(len(s), r, n)
		r, n = utf8.DecodeRune(b)
		println(r, n)
		r, n = utf8.DecodeLastRune(b)
		println(r, n)
		r, n = utf8.DecodeLastRuneInString(s)
		println(r, n)
		println(utf8.FullRune(b), utf8.FullRuneInString(s), utf8.RuneCount(b), utf8.RuneCountInString(s), utf8.Valid(b), utf8.ValidString(s))
	}
	var p [4]byte
	for _, r := range []rune{'a', 'ž', '字', '😀', -1, 0xdfff, 0x110000} {
		n := utf8.EncodeRune(p[:], r)
		println(n, p[0], p[1], string(utf8.AppendRune(nil, r)), utf8.RuneLen(r), utf8.ValidRune(r), utf8.RuneStart(p[0]))
	}
}

func testUTF16() {
	u := utf16.Encode([]rune("a😀字"))
	for _, x := range u {
		print(x, " ")
	}
	println(string(utf16.Decode(u)), utf16.IsSurrogate(rune(u[1])), utf16.DecodeRune(rune(u[1]), rune(u[2])), utf16.RuneLen('😀'))
	a, b := utf16.EncodeRune('😀')
	println(a, b, len(utf16.AppendRune(nil, '😀')))
}
