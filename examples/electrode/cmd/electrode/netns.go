// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// setns is the system call's number, which package syscall has not got, and
// cloneNewnet says that a network namespace is meant.
const (
	setns       = 308
	cloneNewnet = 0x40000000
)

// inNamespace runs f in a network namespace that ip-netns(8) has made.
func inNamespace(name string, f func() error) error {
	done := make(chan error)
	go func() {
		// The thread is never unlocked: it ends with this goroutine, and no
		// other one gets into the namespace.
		runtime.LockOSThread()
		done <- func() error {
			ns, err := os.Open(filepath.Join("/run/netns", name))
			if err != nil {
				return fmt.Errorf("open network namespace: %w", err)
			}
			defer ns.Close()
			if _, _, errno := syscall.Syscall(setns, ns.Fd(), cloneNewnet, 0); errno != 0 {
				return fmt.Errorf("enter network namespace %s: %w", name, errno)
			}
			return f()
		}()
	}()
	return <-done
}
