// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/abi"
)

var (
	// ErrNotLoaded: rex.ko is not loaded (its device does not exist).
	ErrNotLoaded = errors.New("rex.ko is not loaded")
	// ErrABI: rex.ko speaks another ABI than this program.
	ErrABI = errors.New("rex.ko has another ABI")
	// ErrNoExtension: no extension of that name is loaded.
	ErrNoExtension = errors.New("no such extension")
)

// Device is an open rex.ko control device. Its methods may be called
// concurrently.
type Device struct {
	fd int
}

// Open opens the control device and checks that rex.ko speaks this program's
// ABI. Errors: ErrNotLoaded, ErrABI, EPERM or EACCES without CAP_SYS_ADMIN.
func Open() (*Device, error) { return open(abi.DevicePath) }

func open(path string) (*Device, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
		return nil, fmt.Errorf("open %s: %w (insert it with: insmod rex.ko)", path, ErrNotLoaded)
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	d := &Device{fd: fd}
	info, err := d.Info()
	if err != nil {
		d.Close()
		return nil, err
	}
	if err := checkABI(info); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func checkABI(info abi.Info) error {
	if info.ABIVersion == abi.Version && info.ABIHash == abi.Hash() {
		return nil
	}
	return fmt.Errorf("%w: version %d, hash %016x; this program has version %d, hash %016x (rebuild rex.ko and this program from the same release)",
		ErrABI, info.ABIVersion, info.ABIHash, abi.Version, abi.Hash())
}

// Close closes the device.
func (d *Device) Close() error { return unix.Close(d.fd) }

// Info asks rex.ko about itself.
func (d *Device) Info() (abi.Info, error) {
	var info abi.Info
	if err := d.call(iocRead, abi.IoctlInfo, &info); err != nil {
		// A rex.ko whose Info has another size does not know this request.
		if errors.Is(err, unix.ENOTTY) {
			return info, fmt.Errorf("query rex.ko: %w: it does not know this program's requests (rebuild rex.ko and this program from the same release)", ErrABI)
		}
		return info, fmt.Errorf("query rex.ko: %w", err)
	}
	return info, nil
}

// Extension returns the state and counters of a loaded extension.
func (d *Device) Extension(ext string) (abi.ExtQuery, error) {
	return d.query(abi.IoctlExt, "query", ext)
}

// Resume lets a stopped extension run again.
func (d *Device) Resume(ext string) (abi.ExtQuery, error) {
	return d.query(abi.IoctlResume, "resume", ext)
}

// Stop makes every program of an extension return its default verdict.
func (d *Device) Stop(ext string) (abi.ExtQuery, error) {
	return d.query(abi.IoctlStop, "stop", ext)
}

// Extensions lists the loaded extensions in the order they were loaded.
func (d *Device) Extensions() ([]abi.ExtQuery, error) {
	var all []abi.ExtQuery
	var q abi.ExtQuery
	for {
		last := q.ID
		err := d.call(iocRead|iocWrite, abi.IoctlNext, &q)
		if errors.Is(err, unix.ENOENT) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list extensions: %w", err)
		}
		if len(all) > 0 && q.ID <= last {
			return nil, fmt.Errorf("list extensions: id %d after %d", q.ID, last)
		}
		all = append(all, q)
	}
}

func (d *Device) query(nr uint, verb, ext string) (abi.ExtQuery, error) {
	n, ok := name(ext)
	q := abi.ExtQuery{Name: n}
	if !ok || ext == "" {
		return q, fmt.Errorf("%s extension %q: %w", verb, ext, ErrNoExtension)
	}
	err := d.call(iocRead|iocWrite, nr, &q)
	if errors.Is(err, unix.ENOENT) {
		return q, fmt.Errorf("%s extension %q: %w (rex ls lists what is loaded)", verb, ext, ErrNoExtension)
	}
	if err != nil {
		return q, fmt.Errorf("%s extension %q: %w", verb, ext, err)
	}
	return q, nil
}

// call issues an ioctl whose argument is the ABI struct that v points to.
func (d *Device) call(dir, nr uint, v any) error {
	buf := encode(v)
	if err := ioctl(d.fd, ioc(dir, abi.IoctlMagic, nr, uint(len(buf))), buf); err != nil {
		return err
	}
	_, err := binary.Decode(buf, binary.LittleEndian, v)
	return err
}
