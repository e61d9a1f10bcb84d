// SPDX-License-Identifier: Apache-2.0

package kprobe_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/kprobe"
	"github.com/rex-go/rex/rextest"
)

var (
	sizes    = rex.NewArray[uint64](1)
	failures = rex.NewPerCPUArray[uint64](1)
)

// Write adds up the sizes that vfs_write is asked to write: its third argument.
//
//rex:kprobe vfs_write
func Write(ctx *kprobe.Context) kprobe.Action {
	if total := sizes.Lookup(0); total != nil {
		atomic.AddUint64(total, ctx.Arg(2))
	}
	return kprobe.Continue
}

// Written counts the calls of vfs_write that failed.
//
//rex:kretprobe vfs_write
func Written(ctx *kprobe.ReturnContext) kprobe.Action {
	if n := failures.Lookup(0); n != nil && int64(ctx.Return()) < 0 {
		*n++
	}
	return kprobe.Continue
}

func ExampleContext() {
	t := new(testing.T) // the test's own in a test function

	const file, buffer = 0xffff_8880_0000_1000, 0x7f00_0000_2000
	rextest.RunKprobe(t, Write, rextest.Args(file, buffer, 512))
	rextest.RunKprobe(t, Write, rextest.Args(file, buffer, 30))
	fmt.Println(*sizes.Lookup(0))
	// Output: 542
}

func ExampleReturnContext() {
	t := new(testing.T)

	efbig := int64(-27)
	rextest.RunKretprobe(t, Written, rex.Registers{RAX: 512})
	rextest.RunKretprobe(t, Written, rex.Registers{RAX: uint64(efbig)})
	fmt.Println(rextest.Values(failures, uint32(0)))
	// Output: [1 0 0 0]
}
