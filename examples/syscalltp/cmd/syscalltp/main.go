// SPDX-License-Identifier: Apache-2.0

// Command syscalltp prints the calls of openat: who opens what, with what
// result, in what time.
//
//	syscalltp -pid 1234 syscalltp.rexo
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/syscalltp"
	"github.com/rex-go/rex/loader"
)

func main() {
	var pid uint
	live.App{
		Name:  "syscalltp",
		Flags: func(fs *flag.FlagSet) { fs.UintVar(&pid, "pid", 0, "`process` to look at; 0: all") },
		Setup: func(ext *loader.Extension) error { return live.Put(ext, "only", uint32(0), uint32(pid)) },
		Watch: func(ctx context.Context, w io.Writer, ext *loader.Extension) error {
			fmt.Fprintln(w, "    PID  COMMAND          TIME        RESULT  FILE")
			for o, err := range loader.Records[syscalltp.Open](ctx, ext, "opens") {
				if err != nil {
					return err
				}
				fmt.Fprintln(w, line(o))
			}
			lost, err := live.Sums(ext, "lost", 1)
			if err == nil && lost[0] > 0 {
				fmt.Fprintf(w, "%d calls are missing\n", lost[0])
			}
			return err
		},
	}.Main()
}

// line words a call.
func line(o syscalltp.Open) string {
	comm, _, _ := strings.Cut(string(o.Comm[:]), "\x00")
	result := fmt.Sprint(o.Ret)
	if o.Ret < 0 {
		result = syscall.Errno(-o.Ret).Error()
	}
	return fmt.Sprintf("%7d  %-15s  %-10v  %s  %s", o.PID, comm, time.Duration(o.Nanos), result, o.Name[:o.Len])
}
