// SPDX-License-Identifier: Apache-2.0

// Package sysname knows the names of x86-64 Linux's system calls, for what host
// programs print.
package sysname

import "fmt"

//go:generate go run gen.go

// Of returns the name of the system call with a number.
func Of(nr int) string {
	if nr >= 0 && nr < len(names) && names[nr] != "" {
		return names[nr]
	}
	return fmt.Sprintf("sys_%d", nr)
}
