// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/rex-go/rex/internal/abi"
)

func runVersion(_ context.Context, args []string) int {
	fs := newFlags("version")
	if _, code, ok := parse(fs, args, 0, 0); !ok {
		return code
	}
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	fmt.Printf("rex %s, %s, ABI %d (%016x)\n", version, runtime.Version(), abi.Version, abi.Hash())
	return exitOK
}
