package a

import (
	_ "unsafe" // want REX0107 `package unsafe`
)

//go:linkname now runtime.nanotime // want REX0111 `linkname`
func now() int64 // want REX0110 `function now has no body`

func add(a, b int) int // want REX0110 `function add has no body`

// Text that mentions go:linkname is fine.
func fine() int { return 1 }
