// Package lib is a package of the user's own.
package lib

var Table = table()

var UnusedPlain = []string{"a"}

var count int

func table() []int { return []int{1, 2, 3} }

func init() { count = len(Table) }

func Unused() int { return count }
