// SPDX-License-Identifier: Apache-2.0

// Command atomic shows what the pwrite64 system calls of a process, or of all, add
// up to.
//
//	atomic -pid 1234 atomic.rexo
package main

import (
	"flag"
	"fmt"
	"io"
	"math/bits"
	"time"

	"github.com/rex-go/rex/examples/atomic"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/loader"
)

func main() {
	var pid uint
	var last atomic.Writes
	live.App{
		Name:  "atomic",
		Flags: func(fs *flag.FlagSet) { fs.UintVar(&pid, "pid", 0, "`process` to look at; 0: all") },
		Setup: func(ext *loader.Extension) error { return live.Put(ext, "only", uint32(0), uint32(pid)) },
		Show: func(w io.Writer, ext *loader.Extension, since time.Duration) error {
			now, err := live.Get[atomic.Writes](ext, "writes", uint32(0))
			if err != nil {
				return err
			}
			show(w, last, now, since)
			last = now
			return nil
		},
	}.Main()
}

func show(w io.Writer, last, now atomic.Writes, since time.Duration) {
	fmt.Fprintf(w, "calls %d (%.0f/s)  bytes %d  largest %d  cpus %d  not counted without atomics %d\n",
		now.Calls, float64(now.Calls-last.Calls)/since.Seconds(), now.Bytes, now.Largest, bits.OnesCount64(now.CPUs), int64(now.Calls-now.Racy))
}
