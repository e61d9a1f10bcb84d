// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"unicode"
)

func isUpper(r rune) bool { return r >= 'A' && r <= 'Z' }

func joined(list []string) string { return strings.Join(list, "|") }

func testStrings() {
	s := "the quick brown fox, the lazy dog – žluťoučký kůň"
	println(strings.Clone(s), strings.Compare("a", "b"), strings.Compare("b", "a"), strings.Compare("a", "a"))
	println(strings.Contains(s, "fox"), strings.Contains(s, "cow"), strings.ContainsAny(s, "xyz"), strings.ContainsRune(s, 'ů'), strings.ContainsFunc(s, isUpper))
	println(strings.Count(s, "the"), strings.Count(s, ""), strings.Count("aaaa", "aa"))
	before, after, ok := strings.Cut(s, ", ")
	println(before, after, ok)
	rest, ok := strings.CutPrefix(s, "the ")
	println(rest, ok)
	rest, ok = strings.CutSuffix(s, "kůň")
	println(rest, ok)
	println(strings.EqualFold("Straße K", "STRAßE \u212a"), strings.EqualFold("a", "b"))
	println(joined(strings.Fields("  a b\t\nc  ")), joined(strings.FieldsFunc("aXbXXc", isUpper)))
	for w := range strings.FieldsSeq(" x  y ") {
		println(w)
	}
	for w := range strings.FieldsFuncSeq("aXbXXc", isUpper) {
		println(w)
	}
	println(strings.HasPrefix(s, "the"), strings.HasSuffix(s, "ň"))
	println(strings.Index(s, "lazy"), strings.Index(s, "nope"), strings.IndexAny(s, "zq"), strings.IndexByte(s, 'q'), strings.IndexFunc(s, isUpper), strings.IndexRune(s, 'ž'))
	println(strings.Index(strings.Repeat("ab", 100)+"abc", "abc"), strings.Index(strings.Repeat("x", 70)+"needle that is rather long, more than sixty-four bytes in total, yes", "needle that is rather long, more than sixty-four bytes in total, yes"))
	println(strings.LastIndex(s, "the"), strings.LastIndexAny(s, "xyz"), strings.LastIndexByte(s, 'o'), strings.LastIndexFunc(s, isUpper))
	for l := range strings.Lines("one\ntwo\nthree") {
		print("[", l, "]")
	}
	println()
	println(strings.Map(func(r rune) rune {
		if r == 'o' {
			return '0'
		}
		if r == ' ' {
			return -1
		}
		return r
	}, s))
	println(strings.Repeat("=-", 20), strings.Replace(s, "the", "a", 1), strings.ReplaceAll(s, "the", "a"))
	println(joined(strings.Split("a,b,c", ",")), joined(strings.SplitN("a,b,c", ",", 2)), joined(strings.SplitAfter("a,b,c", ",")), joined(strings.SplitAfterN("a,b,c", ",", 2)), joined(strings.Split("abc", "")))
	for p := range strings.SplitSeq("a,b,c", ",") {
		print(p, ";")
	}
	for p := range strings.SplitAfterSeq("a,b,c", ",") {
		print(p, ";")
	}
	println()
	println(strings.Title("hello world"), strings.ToLower("ÀBC Def"), strings.ToUpper("àbc Def"), strings.ToTitle("abc"), strings.ToValidUTF8("a\xffb", "?"))
	println(strings.Trim("xxhixx", "x"), strings.TrimFunc("ABhiCD", isUpper), strings.TrimLeft("xxhi", "x"), strings.TrimLeftFunc("ABhi", isUpper), strings.TrimPrefix("abc", "a"), strings.TrimRight("hixx", "x"), strings.TrimRightFunc("hiAB", isUpper), strings.TrimSpace("  hi\t\n"), strings.TrimSuffix("abc", "c"))

	println(strings.ToLowerSpecial(unicode.TurkishCase, "Iİ"), strings.ToUpperSpecial(unicode.TurkishCase, "iı"), strings.ToTitleSpecial(unicode.TurkishCase, "iı"))

	var b strings.Builder
	b.Grow(10)
	b.WriteByte('a')
	b.WriteRune('ž')
	b.WriteString("xyz")
	b.Write([]byte("123"))
	println(b.String(), b.Len(), b.Cap() >= b.Len())
	b.Reset()
	println(b.Len())

	r := strings.NewReader("hello, world")
	println(r.Len(), r.Size())
	var buf [5]byte
	n, err := r.Read(buf[:])
	println(n, err == nil, string(buf[:n]))
	c, err := r.ReadByte()
	println(c, err == nil, r.UnreadByte() == nil)
	ru, size, err := r.ReadRune()
	println(ru, size, err == nil, r.UnreadRune() == nil)
	n, err = r.ReadAt(buf[:], 7)
	println(n, err == nil, string(buf[:n]))
	at, err := r.Seek(-5, 2)
	println(at, err == nil)
	written, err := r.WriteTo(&b)
	println(written, err == nil, b.String())
	_, err = r.ReadByte()
	println(err.Error())
	r.Reset("new")
	println(r.Len())

	for _, rep := range []*strings.Replacer{
		strings.NewReplacer("fox", "cat"),
		strings.NewReplacer("a", "1", "o", "2"),
		strings.NewReplacer("a", "one", "o", "two"),
		strings.NewReplacer("the", "THE", "quick", "slow", "q", "Q", "", "-"),
		{},
	} {
		println(rep.Replace("the quick fox, oats"))
		b.Reset()
		n, err := rep.WriteString(&b, "a fox o")
		println(n, err == nil, b.String())
	}
}
