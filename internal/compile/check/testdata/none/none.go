// Package none has no program.
package none // want REX0201 `has no program`

func Filter() {}
