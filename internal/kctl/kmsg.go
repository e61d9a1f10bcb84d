// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"golang.org/x/sys/unix"
)

// Kmsg reads the kernel log from a point in time on.
type Kmsg struct {
	fd int
}

// OpenKmsg opens the kernel log at its end.
func OpenKmsg() (*Kmsg, error) {
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if _, err := unix.Seek(fd, 0, io.SeekEnd); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &Kmsg{fd: fd}, nil
}

// Close closes the log.
func (k *Kmsg) Close() error {
	if k == nil {
		return nil
	}
	return unix.Close(k.fd)
}

// Lines returns the messages written since the last call, without waiting,
// oldest first. A nil Kmsg has none.
func (k *Kmsg) Lines() []string {
	if k == nil {
		return nil
	}
	var lines []string
	buf := make([]byte, 8192)
	for {
		n, err := unix.Read(k.fd, buf)
		switch {
		case errors.Is(err, unix.EPIPE), errors.Is(err, unix.EINTR):
			// EPIPE: records were overwritten; the next read goes on behind
			// the gap (Documentation/ABI/testing/dev-kmsg).
			continue
		case err != nil, n == 0:
			return lines
		}
		if msg, ok := parseKmsg(buf[:n]); ok {
			lines = append(lines, msg)
		}
	}
}

// parseKmsg returns the text of one record "prio,seq,usec,flags;text\n KEY=…".
func parseKmsg(rec []byte) (string, bool) {
	_, text, ok := bytes.Cut(rec, []byte{';'})
	if !ok {
		return "", false
	}
	text, _, _ = bytes.Cut(text, []byte{'\n'})
	return string(text), true
}

// about keeps the lines that mention one of the words, all when none does.
func about(lines []string, words ...string) []string {
	var out []string
	for _, l := range lines {
		for _, w := range words {
			if strings.Contains(l, w) {
				out = append(out, l)
				break
			}
		}
	}
	if out == nil {
		return lines
	}
	return out
}
