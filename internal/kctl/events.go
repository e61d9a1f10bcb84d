// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/abi"
)

// batch is how many records one read asks for.
const batch = 16

// EventReader reads event records. One goroutine at a time may use it.
type EventReader struct {
	f       *os.File
	buf     []byte
	pending []byte
}

// OpenEvents opens the event device. Each reader has its own position.
func OpenEvents() (*EventReader, error) { return openEvents(abi.DevicePath) }

func openEvents(path string) (*EventReader, error) {
	// O_NONBLOCK makes os.File use the runtime's poller, so that a read can
	// be cancelled without a thread of its own.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
		return nil, fmt.Errorf("open %s: %w (insert it with: insmod rex.ko)", path, ErrNotLoaded)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return newEventReader(os.NewFile(uintptr(fd), path)), nil
}

func newEventReader(f *os.File) *EventReader {
	return &EventReader{f: f, buf: make([]byte, batch*EventSize)}
}

// Close closes the device; a Next that is waiting returns an error.
func (r *EventReader) Close() error { return r.f.Close() }

// Next returns the next record. It waits until there is one or ctx is done,
// and then returns ctx.Err(). io.EOF means that the device is gone.
func (r *EventReader) Next(ctx context.Context) (abi.Event, error) {
	if len(r.pending) == 0 {
		if err := r.fill(ctx); err != nil {
			return abi.Event{}, err
		}
	}
	raw := r.pending[:EventSize]
	r.pending = r.pending[EventSize:]
	return DecodeEvent(raw)
}

// Drain returns what is there without waiting.
func (r *EventReader) Drain() ([]abi.Event, error) {
	var all []abi.Event
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for {
		ev, err := r.Next(ctx)
		if errors.Is(err, context.Canceled) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, ev)
	}
}

func (r *EventReader) fill(ctx context.Context) error {
	n, err := r.readNow()
	if err == nil && n == 0 {
		n, err = r.readWait(ctx)
	}
	if err != nil {
		return err
	}
	if n%EventSize != 0 {
		return fmt.Errorf("read %s: %d bytes, not a whole number of %d-byte records", r.f.Name(), n, EventSize)
	}
	r.pending = r.buf[:n]
	return nil
}

// readNow reads without waiting; 0 means that nothing is there.
func (r *EventReader) readNow() (n int, err error) {
	raw, err := r.f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var rerr error
	err = raw.Read(func(fd uintptr) bool {
		for {
			n, rerr = unix.Read(int(fd), r.buf)
			if rerr != unix.EINTR {
				return true
			}
		}
	})
	switch {
	case err != nil && errors.Is(err, os.ErrDeadlineExceeded):
		return 0, nil
	case err != nil:
		return 0, err
	case rerr == unix.EAGAIN:
		return 0, nil
	case rerr != nil:
		return 0, fmt.Errorf("read %s: %w", r.f.Name(), rerr)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (r *EventReader) readWait(ctx context.Context) (int, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err := r.f.SetReadDeadline(time.Time{}); err != nil {
		return 0, fmt.Errorf("poll %s: %w", r.f.Name(), err)
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		r.f.SetReadDeadline(time.Unix(1, 0))
		close(done)
	})
	n, err := r.f.Read(r.buf)
	if !stop() {
		// The deadline is, or is about to be, in the past: take it back, or
		// the next read would fail.
		<-done
		r.f.SetReadDeadline(time.Time{})
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, ctx.Err()
	}
	return n, err
}

// IsClosed reports whether a read failed because the reader was closed.
func IsClosed(err error) bool { return errors.Is(err, os.ErrClosed) }
