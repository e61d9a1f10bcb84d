// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
)

var data = []byte("Any carnal pleas\x00\xff\xfe urt\x80")

func testHex() {
	s := hex.EncodeToString(data)
	println(s, hex.EncodedLen(3), hex.DecodedLen(6))
	b, err := hex.DecodeString(s)
	println(string(b) == string(data), err == nil)
	for c := range 256 {
		println(hex.InvalidByteError(c).Error())
	}
	_, err = hex.DecodeString("abc")
	println(err == hex.ErrLength, err.Error())
	dst := make([]byte, 100)
	n := hex.Encode(dst, data)
	m, err := hex.Decode(dst[50:], dst[:6])
	println(n, m, err == nil)
	println(string(hex.AppendEncode([]byte(">"), data[:3])))
	b, err = hex.AppendDecode([]byte(">"), []byte("414243"))
	println(string(b), err == nil)
	println(hex.Dump(data))
	var out strings.Builder
	d := hex.Dumper(&out)
	d.Write(data)
	d.Close()
	println(out.String())
	out.Reset()
	e := hex.NewEncoder(&out)
	e.Write(data)
	println(out.String())
	all, err := io.ReadAll(hex.NewDecoder(strings.NewReader(out.String())))
	println(bytes.Equal(all, data), err == nil)
}

func testBase64() {
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding, base64.StdEncoding.WithPadding('*'), base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), base64.StdEncoding.Strict()} {
		for n := range 8 {
			s := enc.EncodeToString(data[13 : 13+n])
			println(s, enc.EncodedLen(n), enc.DecodedLen(len(s)))
			b, err := enc.DecodeString(s)
			println(string(b) == string(data[13:13+n]), err == nil)
		}
		_, err := enc.DecodeString("A*=!")
		println(err.Error())
		var dst [64]byte
		enc.Encode(dst[:], data[:6])
		n, err := enc.Decode(dst[32:], dst[:8])
		println(n, err == nil, string(enc.AppendEncode(nil, data[:5])))
		b, err := enc.AppendDecode([]byte("x"), dst[:8])
		println(string(b), err == nil)
	}
	var out strings.Builder
	w := base64.NewEncoder(base64.StdEncoding, &out)
	w.Write(data[:4])
	w.Write(data[4:])
	w.Close()
	println(out.String())
	all, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, strings.NewReader(out.String())))
	println(bytes.Equal(all, data), err == nil)
	println(base64.CorruptInputError(5).Error())
}

func testBase32() {
	for _, enc := range []*base32.Encoding{base32.StdEncoding, base32.HexEncoding, base32.StdEncoding.WithPadding(base32.NoPadding)} {
		s := enc.EncodeToString(data)
		b, err := enc.DecodeString(s)
		println(s, bytes.Equal(b, data), err == nil, enc.EncodedLen(7), enc.DecodedLen(16))
		var dst [64]byte
		enc.Encode(dst[:], data[:10])
		n, err := enc.Decode(dst[32:], dst[:16])
		println(n, err == nil, string(enc.AppendEncode([]byte("x"), data[:5])))
		b, err = enc.AppendDecode(nil, dst[:16])
		println(string(b) == string(data[:10]), err == nil)
		_, err = enc.DecodeString("1")
		println(err.Error())
	}
	var out strings.Builder
	w := base32.NewEncoder(base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567"), &out)
	w.Write(data[:4])
	w.Write(data[4:])
	w.Close()
	println(out.String())
	all, err := io.ReadAll(base32.NewDecoder(base32.StdEncoding, strings.NewReader(strings.ToUpper(out.String()))))
	println(bytes.Equal(all, data), err == nil, base32.CorruptInputError(3).Error())
}

func testBinary() {
	b := make([]byte, 16)
	binary.LittleEndian.PutUint16(b, 0x1234)
	binary.LittleEndian.PutUint32(b[2:], 0x12345678)
	binary.LittleEndian.PutUint64(b[6:], 0x123456789abcdef0)
	println(hex.EncodeToString(b), binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint64(b), binary.LittleEndian.String())
	binary.BigEndian.PutUint16(b, 0x1234)
	binary.BigEndian.PutUint32(b[2:], 0x12345678)
	binary.BigEndian.PutUint64(b[6:], 0x123456789abcdef0)
	println(hex.EncodeToString(b), binary.BigEndian.Uint16(b), binary.BigEndian.Uint32(b), binary.BigEndian.Uint64(b), binary.BigEndian.String())
	println(binary.NativeEndian.Uint32(b), binary.NativeEndian.String())
	var a []byte
	a = binary.BigEndian.AppendUint16(a, 1)
	a = binary.BigEndian.AppendUint32(a, 2)
	a = binary.BigEndian.AppendUint64(a, 3)
	a = binary.LittleEndian.AppendUint16(a, 4)
	a = binary.LittleEndian.AppendUint32(a, 5)
	a = binary.LittleEndian.AppendUint64(a, 6)
	println(hex.EncodeToString(a))
	var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}
	for _, o := range orders {
		println(o.Uint32(b), o.String())
	}
	for _, x := range []int64{0, 1, -1, 127, -128, 300, 1 << 40, -1 << 63} {
		v := binary.AppendVarint(nil, x)
		u := binary.AppendUvarint(nil, uint64(x))
		i, n := binary.Varint(v)
		j, m := binary.Uvarint(u)
		println(hex.EncodeToString(v), hex.EncodeToString(u), i, n, j, m)
		var buf [binary.MaxVarintLen64]byte
		println(binary.PutVarint(buf[:], x), binary.PutUvarint(buf[:], uint64(x)))
		k, err := binary.ReadVarint(bytes.NewReader(v))
		l, err2 := binary.ReadUvarint(bytes.NewReader(u))
		println(k, err == nil, l, err2 == nil)
	}
	_, err := binary.ReadUvarint(bytes.NewReader([]byte{0x80}))
	println(err.Error())
	_, n := binary.Uvarint([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	println(n)
	var _ encoding.BinaryMarshaler
}
