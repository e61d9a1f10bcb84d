// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ModuleError is a refused init_module(2) or delete_module(2). It unwraps to
// the errno. Error() is one line; "%+v" adds the kernel's log messages.
type ModuleError struct {
	// Op is "insert" or "remove".
	Op string
	// Name is the kernel module's name.
	Name  string
	Errno syscall.Errno
	// Log holds what the kernel logged during the call, oldest first.
	Log []string
}

func (e *ModuleError) Unwrap() error { return e.Errno }

func (e *ModuleError) Error() string {
	s := fmt.Sprintf("%s kernel module %s: %v", e.Op, e.Name, e.Errno)
	if len(e.Log) > 0 {
		s += fmt.Sprintf(": kernel log: %q", e.Log[len(e.Log)-1])
	}
	if h := e.Hint(); h != "" {
		s += " (" + h + ")"
	}
	return s
}

// Format implements fmt.Formatter: %+v appends the kernel log.
func (e *ModuleError) Format(f fmt.State, verb rune) {
	io.WriteString(f, e.Error())
	if verb == 'v' && f.Flag('+') {
		for _, l := range e.Log {
			io.WriteString(f, "\n\tkernel: "+l)
		}
	}
}

// Hint says what the error usually means and what to do about it.
func (e *ModuleError) Hint() string {
	if e.Op == "remove" {
		switch e.Errno {
		case unix.EPERM:
			return "needs root: CAP_SYS_MODULE"
		case unix.ENOENT:
			return "it is not loaded"
		case unix.EAGAIN, unix.EBUSY:
			return "a program of it is still loaded, attached or running"
		}
		return ""
	}
	switch e.Errno {
	case unix.EPERM:
		return "needs root: CAP_SYS_MODULE, and /proc/sys/kernel/modules_disabled must be 0"
	case unix.EKEYREJECTED, unix.ENOKEY, unix.EBADMSG:
		return "this kernel loads only modules with a signature that it trusts"
	case unix.EEXIST:
		return "an extension or kernel module of that name is loaded already: rex unload " + e.Name
	case unix.EBUSY:
		return "a kernel module of that name is being loaded or removed"
	case unix.ENOENT:
		return "it needs a symbol that neither the kernel nor rex.ko has"
	case unix.ENOEXEC:
		return "it was linked for another kernel or another rex.ko"
	case unix.EINVAL:
		return "the kernel did not accept its contents"
	}
	return ""
}

// InsertModule hands a kernel module to init_module(2). The error is a
// *ModuleError.
//
// The module's init runs in this process, so file descriptors in the image
// are this process's.
func InsertModule(name string, image []byte) error {
	// Without access to the log the errno has to do.
	log, _ := OpenKmsg()
	defer log.Close()
	err := unix.InitModule(image, "")
	return moduleError("insert", name, err, log)
}

// RemoveModule calls delete_module(2) until the kernel module is gone: a stub
// that was just closed keeps its reference until the kernel has freed it, an
// RCU grace period or more later. It gives up when ctx is done.
func RemoveModule(ctx context.Context, name string) error {
	log, _ := OpenKmsg()
	defer log.Close()
	wait := time.Millisecond
	for {
		err := unix.DeleteModule(name, unix.O_NONBLOCK)
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EBUSY) {
			return moduleError("remove", name, err, log)
		}
		select {
		case <-ctx.Done():
			return moduleError("remove", name, err, log)
		case <-time.After(wait):
		}
		wait = min(2*wait, 50*time.Millisecond)
	}
}

func moduleError(op, name string, err error, log *Kmsg) error {
	if err == nil {
		return nil
	}
	e := &ModuleError{Op: op, Name: name, Log: about(log.Lines(), name, "rex", strings.ToUpper(op))}
	if !errors.As(err, &e.Errno) {
		e.Errno = unix.EIO
	}
	return e
}
