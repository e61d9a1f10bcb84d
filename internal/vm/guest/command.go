// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

func isNotFound(err error) bool {
	return errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist)
}

// stream relays one of the command's outputs to its port.
type stream struct {
	w *os.File // the command's end
	n int64    // bytes relayed
}

// startStream begins to relay to port and counts wg down at the end.
func startStream(port *os.File, wg *sync.WaitGroup) (*stream, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	s := &stream{w: w}
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer r.Close()
		// Hide the port's other methods: a splice to it would bypass the
		// nonblocking writes.
		s.n, _ = io.CopyBuffer(struct{ io.Writer }{port}, struct{ io.Reader }{r}, make([]byte, 32<<10))
	}()
	return s, nil
}

// feedInput relays the standard input until the host has said where it ends and
// that much has been relayed, or nobody reads it any more.
func feedInput(feed, port *os.File, end <-chan int64) {
	defer feed.Close()
	chunks := make(chan []byte)
	gone := make(chan struct{})
	defer close(gone)
	go func() {
		defer close(chunks)
		for {
			buf := make([]byte, 32<<10)
			n, err := port.Read(buf)
			if err != nil || n == 0 {
				return
			}
			select {
			case chunks <- buf[:n]:
			case <-gone:
				return
			}
		}
	}()
	var n int64
	limit := int64(-1)
	for n != limit {
		select {
		case limit = <-end:
		case buf, ok := <-chunks:
			if !ok {
				return
			}
			if _, err := feed.Write(buf); err != nil {
				return
			}
			n += int64(len(buf))
		}
	}
}

// runCommand runs the job's command to its end, and ends whatever it left
// running. inputEnd gets the length of the standard input, once it is known.
func runCommand(job Job, ports map[string]*os.File, inputEnd <-chan int64, started func()) (*Exit, error) {
	os.Clearenv()
	for _, kv := range job.Env {
		if k, v, ok := strings.Cut(kv, "="); ok {
			os.Setenv(k, v)
		}
	}
	if err := os.Chdir(job.Dir); err != nil {
		return nil, fmt.Errorf("enter working directory: %w", err)
	}
	path, err := exec.LookPath(job.Command[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return nil, fmt.Errorf("find command: %w", err)
	}

	var relays sync.WaitGroup
	stdout, err := startStream(ports[PortStdout], &relays)
	if err != nil {
		return nil, err
	}
	stderr, err := startStream(ports[PortStderr], &relays)
	if err != nil {
		return nil, err
	}
	stdin, feed, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	go feedInput(feed, ports[PortStdin], inputEnd)

	pid, err := syscall.ForkExec(path, job.Command, &syscall.ProcAttr{
		Dir: job.Dir, Env: job.Env,
		Files: []uintptr{stdin.Fd(), stdout.w.Fd(), stderr.w.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	stdin.Close()
	stdout.w.Close()
	stderr.w.Close()
	if err != nil {
		return nil, fmt.Errorf("start command %s: %w", path, err)
	}
	started()
	code := reap(pid)
	// As process 1 this reaches every process but ourselves. It also ends the
	// relays, because nobody holds the pipes any more.
	unix.Kill(-1, unix.SIGKILL)
	reap(-1)
	relays.Wait()
	return &Exit{Code: code, Stdout: stdout.n, Stderr: stderr.n}, nil
}

// reap collects the children of process 1, orphans included, until pid has
// ended (or, for pid -1, until there are none) and returns its exit status.
func reap(pid int) int {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0
		case got == pid && status.Exited():
			return status.ExitStatus()
		case got == pid && status.Signaled():
			return 128 + int(status.Signal())
		}
	}
}
