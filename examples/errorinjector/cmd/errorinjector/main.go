// SPDX-License-Identifier: Apache-2.0

// Command errorinjector makes system calls of a process fail.
//
//	errorinjector -pid 1234 -call write,fsync -errno ENOSPC -every 10 errorinjector.rexo
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rex-go/rex/examples/errorinjector"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/loader"
)

// programs has the extension's programs by the system calls' names.
var programs = map[string]string{
	"openat": "Openat", "read": "Read", "write": "Write", "fsync": "Fsync", "mmap": "Mmap", "connect": "Connect",
}

// errnos has the errors that have a name here; others are given as numbers.
var errnos = map[string]syscall.Errno{
	"EPERM": syscall.EPERM, "ENOENT": syscall.ENOENT, "EINTR": syscall.EINTR, "EIO": syscall.EIO, "EAGAIN": syscall.EAGAIN,
	"ENOMEM": syscall.ENOMEM, "EACCES": syscall.EACCES, "EBUSY": syscall.EBUSY, "EMFILE": syscall.EMFILE, "ENOSPC": syscall.ENOSPC,
	"EROFS": syscall.EROFS, "ECONNREFUSED": syscall.ECONNREFUSED, "ETIMEDOUT": syscall.ETIMEDOUT, "ENETUNREACH": syscall.ENETUNREACH,
}

// parseErrno reads a name or a number.
func parseErrno(s string) (uint32, error) {
	if e, ok := errnos[s]; ok {
		return uint32(e), nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 || n > 4095 {
		return 0, fmt.Errorf("errno %q is neither a name known here nor a number from 1 to 4095", s)
	}
	return uint32(n), nil
}

func main() {
	var pid, every uint
	var calls, errno string
	live.App{
		Name: "errorinjector",
		Flags: func(fs *flag.FlagSet) {
			fs.UintVar(&pid, "pid", 0, "`process` whose calls fail")
			fs.StringVar(&calls, "call", "openat", "system `calls` that fail, separated by commas")
			fs.StringVar(&errno, "errno", "EIO", "`error` that they return")
			fs.UintVar(&every, "every-call", 1, "let every `n`-th call fail")
		},
		Setup: func(ext *loader.Extension) error {
			if pid == 0 {
				return errors.New("a process is needed (-pid)")
			}
			e, err := parseErrno(errno)
			if err != nil {
				return err
			}
			return live.Put(ext, "rules", uint32(pid), errorinjector.Rule{Errno: e, Every: uint32(every)})
		},
		Attach: func(ext *loader.Extension) error {
			for call := range strings.SplitSeq(calls, ",") {
				program, ok := programs[call]
				if !ok {
					return fmt.Errorf("system call %q cannot be made to fail (known are openat, read, write, fsync, mmap, connect)", call)
				}
				if _, err := ext.AttachKprobe(program); err != nil {
					return err
				}
			}
			return nil
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			r, err := live.Get[errorinjector.Rule](ext, "rules", uint32(pid))
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "process %d: %d of %d calls failed with %v\n", pid, r.Injected, r.Calls, syscall.Errno(r.Errno))
			return nil
		},
	}.Main()
}
