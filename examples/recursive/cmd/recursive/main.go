// SPDX-License-Identifier: Apache-2.0

// Command recursive prints the files that are opened.
//
//	recursive -pid 1234 recursive.rexo
package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/recursive"
	"github.com/rex-go/rex/loader"
)

func main() {
	var pid uint
	live.App{
		Name:  "recursive",
		Flags: func(fs *flag.FlagSet) { fs.UintVar(&pid, "pid", 0, "`process` to look at; 0: all") },
		Setup: func(ext *loader.Extension) error { return live.Put(ext, "only", uint32(0), uint32(pid)) },
		Watch: func(ctx context.Context, w io.Writer, ext *loader.Extension) error {
			for o, err := range loader.Records[recursive.Open](ctx, ext, "opens") {
				if err != nil {
					return err
				}
				fmt.Fprintln(w, line(o))
			}
			return nil
		},
	}.Main()
}

func line(o recursive.Open) string {
	return fmt.Sprintf("%7d  /%s", o.PID, o.Path[min(1, o.Len):o.Len])
}
