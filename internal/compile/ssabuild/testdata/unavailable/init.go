package unavailable

import "hash/crc32"

// The position is that of the use, not of the initialiser in package crc32.
func checksum(b []byte) uint32 {
	return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) // want REX0501 `package sync is not available.*hash/crc32.init`
}
