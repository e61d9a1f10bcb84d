// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"strconv"
)

func showErr(err error) {
	if err == nil {
		println("ok")
		return
	}
	println(err.Error(), errors.Is(err, strconv.ErrRange), errors.Is(err, strconv.ErrSyntax))
	var ne *strconv.NumError
	if errors.As(err, &ne) {
		println(ne.Func, ne.Num, ne.Err.Error(), ne.Unwrap() == ne.Err)
	}
}

func testStrconv() {
	for _, s := range []string{"0", "-1", "42", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "abc", "", "1_000", "0x1f", "0b11", "0o17", "+7", "٣"} {
		i, err := strconv.Atoi(s)
		print(s, ": ", i, " ")
		showErr(err)
		j, err := strconv.ParseInt(s, 0, 32)
		print(j, " ")
		showErr(err)
		u, err := strconv.ParseUint(s, 16, 64)
		print(u, " ")
		showErr(err)
		b, err := strconv.ParseBool(s)
		print(b, " ")
		showErr(err)
	}
	println(strconv.Itoa(-7), strconv.FormatInt(-255, 16), strconv.FormatUint(1<<63, 36), strconv.FormatInt(-1<<63, 2), strconv.FormatBool(true))
	var b []byte
	b = strconv.AppendBool(b, false)
	b = strconv.AppendInt(b, -123, 10)
	b = strconv.AppendUint(b, 456, 8)
	b = strconv.AppendQuote(b, "hi\n\"ž\x00\xff")
	b = strconv.AppendQuoteRune(b, 'ž')
	b = strconv.AppendQuoteRuneToASCII(b, 'ž')
	b = strconv.AppendQuoteRuneToGraphic(b, '\u3000')
	b = strconv.AppendQuoteToASCII(b, "žz")
	b = strconv.AppendQuoteToGraphic(b, "\u3000\t")
	println(string(b))
	println(strconv.Quote("a\tb\u202e"), strconv.QuoteRune('☺'), strconv.QuoteRuneToASCII('☺'), strconv.QuoteRuneToGraphic('☺'), strconv.QuoteToASCII("☺"), strconv.QuoteToGraphic("☺\u00a0"))
	println(strconv.CanBackquote("`"), strconv.CanBackquote("x"), strconv.IsGraphic('\u00a0'), strconv.IsPrint('\u00ad'), strconv.IsPrint('字'))
	for _, s := range []string{`"a\tb"`, "`raw`", `'x'`, `"bad`, `"\u00e9\101\x41"`} {
		u, err := strconv.Unquote(s)
		print(u, " ")
		showErr(err)
		q, err := strconv.QuotedPrefix(s + "rest")
		print(q, " ")
		showErr(err)
	}
	r, multi, tail, err := strconv.UnquoteChar(`\u00e9x`, '"')
	println(r, multi, tail, err == nil)
	e := &strconv.NumError{Func: "F", Num: "1", Err: strconv.ErrRange}
	println(e.Error())
}
