// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
)

func long() []byte {
	b := make([]byte, 1000)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

func tryHash(h hash.Hash) {
	println(h.Size(), h.BlockSize(), hex.EncodeToString(h.Sum(nil)))
	d := long()
	for _, n := range []int{0, 1, 3, 55, 56, 64, 65, 200, 556} {
		k, err := h.Write(d[:n])
		d = d[n:]
		println(k, err == nil, hex.EncodeToString(h.Sum([]byte{1})))
	}
	if m, ok := h.(encoding.BinaryMarshaler); ok {
		state, err := m.MarshalBinary()
		println(hex.EncodeToString(state[:8]), err == nil)
		before := hex.EncodeToString(h.Sum(nil))
		h.Reset()
		err = h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
		println(err == nil, before == hex.EncodeToString(h.Sum(nil)))
	}
	if c, ok := h.(hash.Cloner); ok {
		x, err := c.Clone()
		h.Write([]byte("more"))
		println(err == nil, hex.EncodeToString(x.Sum(nil)))
	}
	if h32, ok := h.(hash.Hash32); ok {
		println(h32.Sum32())
	}
	if h64, ok := h.(hash.Hash64); ok {
		println(h64.Sum64())
	}
	h.Reset()
	println(hex.EncodeToString(h.Sum(nil)))
}

func testCRC32() {
	println(crc32.ChecksumIEEE(long()), crc32.Checksum(long(), crc32.IEEETable), crc32.Checksum(long(), crc32.MakeTable(crc32.Castagnoli)), crc32.Checksum(long(), crc32.MakeTable(crc32.Koopman)))
	println(crc32.Update(5, crc32.IEEETable, long()), crc32.Update(5, crc32.MakeTable(crc32.IEEE), long()[:3]))
	tryHash(crc32.NewIEEE())
	tryHash(crc32.New(crc32.MakeTable(crc32.Castagnoli)))
	tryHash(crc32.New(crc32.MakeTable(crc32.Koopman)))
}

func testCRC64() {
	println(crc64.Checksum(long(), crc64.MakeTable(crc64.ISO)), crc64.Checksum(long(), crc64.MakeTable(crc64.ECMA)), crc64.Update(7, crc64.MakeTable(12345), long()))
	tryHash(crc64.New(crc64.MakeTable(crc64.ECMA)))
}

func testAdler32() {
	println(adler32.Checksum(long()))
	tryHash(adler32.New())
}

func testFNV() {
	tryHash(fnv.New32())
	tryHash(fnv.New32a())
	tryHash(fnv.New64())
	tryHash(fnv.New64a())
	tryHash(fnv.New128())
	tryHash(fnv.New128a())
}

func testSHA256() {
	tryHash(sha256.New())
	tryHash(sha256.New224())
	s := sha256.Sum256(long())
	t := sha256.Sum224([]byte("abc"))
	println(hex.EncodeToString(s[:]), hex.EncodeToString(t[:]))
}

func testSHA1() {
	tryHash(sha1.New())
	s := sha1.Sum(long())
	println(hex.EncodeToString(s[:]))
}

func testMD5() {
	tryHash(md5.New())
	s := md5.Sum(long())
	println(hex.EncodeToString(s[:]))
}
