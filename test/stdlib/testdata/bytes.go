// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"unicode"
)

func joinedBytes(list [][]byte) string { return string(bytes.Join(list, []byte("|"))) }

func testBytes() {
	s := []byte("the quick brown fox, the lazy dog – žluťoučký kůň")
	b := func(s string) []byte { return []byte(s) }
	println(string(bytes.Clone(s)), bytes.Compare(b("a"), b("b")), bytes.Equal(b("a"), b("a")), bytes.Equal(s, nil))
	println(bytes.Contains(s, b("fox")), bytes.ContainsAny(s, "xyz"), bytes.ContainsRune(s, 'ů'), bytes.ContainsFunc(s, isUpper))
	println(bytes.Count(s, b("the")), bytes.Count(s, nil))
	before, after, ok := bytes.Cut(s, b(", "))
	println(string(before), string(after), ok)
	rest, ok := bytes.CutPrefix(s, b("the "))
	println(string(rest), ok)
	rest, ok = bytes.CutSuffix(s, b("kůň"))
	println(string(rest), ok)
	println(bytes.EqualFold(b("Straße"), b("STRAßE")), bytes.HasPrefix(s, b("the")), bytes.HasSuffix(s, b("ň")))
	println(joinedBytes(bytes.Fields(b("  a b\t\nc  "))), joinedBytes(bytes.FieldsFunc(b("aXbXXc"), isUpper)))
	for w := range bytes.FieldsSeq(b(" x  y ")) {
		println(string(w))
	}
	for w := range bytes.FieldsFuncSeq(b("aXbXXc"), isUpper) {
		println(string(w))
	}
	println(bytes.Index(s, b("lazy")), bytes.Index(s, b("nope")), bytes.IndexAny(s, "zq"), bytes.IndexByte(s, 'q'), bytes.IndexFunc(s, isUpper), bytes.IndexRune(s, 'ž'))
	println(bytes.LastIndex(s, b("the")), bytes.LastIndexAny(s, "xyz"), bytes.LastIndexByte(s, 'o'), bytes.LastIndexFunc(s, isUpper))
	for l := range bytes.Lines(b("one\ntwo\nthree")) {
		print("[", string(l), "]")
	}
	println()
	println(string(bytes.Map(func(r rune) rune { return r + 1 }, b("HAL"))), string(bytes.Repeat(b("=-"), 20)))
	println(string(bytes.Replace(s, b("the"), b("a"), 1)), string(bytes.ReplaceAll(s, b("the"), b("a"))), len(bytes.Runes(s)))
	println(joinedBytes(bytes.Split(b("a,b,c"), b(","))), joinedBytes(bytes.SplitN(b("a,b,c"), b(","), 2)), joinedBytes(bytes.SplitAfter(b("a,b,c"), b(","))), joinedBytes(bytes.SplitAfterN(b("a,b,c"), b(","), 2)))
	for p := range bytes.SplitSeq(b("a,b,c"), b(",")) {
		print(string(p), ";")
	}
	for p := range bytes.SplitAfterSeq(b("a,b,c"), b(",")) {
		print(string(p), ";")
	}
	println()
	println(string(bytes.Title(b("hello world"))), string(bytes.ToLower(b("ÀBC Def"))), string(bytes.ToUpper(b("àbc Def"))), string(bytes.ToTitle(b("abc"))), string(bytes.ToValidUTF8(b("a\xffb"), b("?"))))
	println(string(bytes.Trim(b("xxhixx"), "x")), string(bytes.TrimFunc(b("ABhiCD"), isUpper)), string(bytes.TrimLeft(b("xxhi"), "x")), string(bytes.TrimLeftFunc(b("ABhi"), isUpper)), string(bytes.TrimPrefix(b("abc"), b("a"))), string(bytes.TrimRight(b("hixx"), "x")), string(bytes.TrimRightFunc(b("hiAB"), isUpper)), string(bytes.TrimSpace(b("  hi\t\n"))), string(bytes.TrimSuffix(b("abc"), b("c"))))

	println(string(bytes.ToLowerSpecial(unicode.TurkishCase, b("Iİ"))), string(bytes.ToUpperSpecial(unicode.TurkishCase, b("iı"))), string(bytes.ToTitleSpecial(unicode.TurkishCase, b("iı"))))

	var buf bytes.Buffer
	buf.Grow(100)
	buf.Write(b("hello "))
	buf.WriteString("world")
	buf.WriteByte('!')
	buf.WriteRune('ž')
	println(buf.String(), buf.Len(), buf.Cap() >= buf.Len(), buf.Available() >= 0, len(buf.AvailableBuffer()), string(buf.Bytes()))
	pk, err := buf.Peek(3)
	println(string(pk), err == nil)
	println(string(buf.Next(2)))
	c, err := buf.ReadByte()
	println(c, err == nil, buf.UnreadByte() == nil)
	line, err := buf.ReadBytes(' ')
	println(string(line), err == nil)
	str, err := buf.ReadString('!')
	println(str, err == nil)
	r, n, err := buf.ReadRune()
	println(r, n, err == nil, buf.UnreadRune() == nil)
	buf.Truncate(1)
	buf.Reset()
	m, err := buf.ReadFrom(bytes.NewReader(s))
	println(m, err == nil)
	var out bytes.Buffer
	m, err = buf.WriteTo(&out)
	println(m, err == nil, out.String())
	var p [4]byte
	k, err := out.Read(p[:])
	println(k, err == nil, string(p[:]))
	nb := bytes.NewBuffer(b("abc"))
	ns := bytes.NewBufferString("def")
	println(nb.String(), ns.String())

	rd := bytes.NewReader(b("hello, world"))
	println(rd.Len(), rd.Size())
	k, err = rd.Read(p[:])
	println(k, err == nil, string(p[:k]))
	c, err = rd.ReadByte()
	println(c, err == nil, rd.UnreadByte() == nil)
	r, n, err = rd.ReadRune()
	println(r, n, err == nil, rd.UnreadRune() == nil)
	k, err = rd.ReadAt(p[:], 7)
	println(k, err == nil, string(p[:k]))
	at, err := rd.Seek(-5, 2)
	println(at, err == nil)
	out.Reset()
	m, err = rd.WriteTo(&out)
	println(m, err == nil, out.String())
	rd.Reset(b("new"))
	println(rd.Len())
}
