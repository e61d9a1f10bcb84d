// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/kctl"
)

// Stats is the state of a loaded extension.
type Stats struct {
	Name string `json:"name"`
	ID   uint32 `json:"id"`
	// Stopped: its programs return their default verdicts.
	Stopped  bool   `json:"stopped"`
	Programs uint32 `json:"programs"`
	// Invocations counts entries into its programs, Panics, Timeouts and
	// StackOverflows how many of them ended that way. Refused counts entries
	// that found it stopped, nested too deep or already running on the CPU.
	Invocations    uint64 `json:"invocations"`
	Panics         uint64 `json:"panics"`
	Timeouts       uint64 `json:"timeouts"`
	StackOverflows uint64 `json:"stack_overflows"`
	Refused        uint64 `json:"refused"`
}

func stats(q abi.ExtQuery) Stats {
	return Stats{
		Name:           kctl.CString(q.Name[:]),
		ID:             q.ID,
		Stopped:        abi.ExtState(q.State) == abi.StateStopped,
		Programs:       q.NumProgs,
		Invocations:    q.Invocations,
		Panics:         q.Panics,
		Timeouts:       q.Timeouts,
		StackOverflows: q.Overflows,
		Refused:        q.Refused,
	}
}

// List returns the extensions that are loaded, whoever loaded them, oldest
// first.
func List() ([]Stats, error) {
	dev, err := openDevice()
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	exts, err := dev.Extensions()
	if err != nil {
		return nil, err
	}
	all := []Stats{}
	for _, q := range exts {
		all = append(all, stats(q))
	}
	return all, nil
}

// Resume lets a stopped extension run again, whoever loaded it.
func Resume(name string) (Stats, error) { return control(name, (*kctl.Device).Resume) }

// Stop makes the programs of an extension return their default verdicts,
// whoever loaded it.
func Stop(name string) (Stats, error) { return control(name, (*kctl.Device).Stop) }

func control(name string, f func(*kctl.Device, string) (abi.ExtQuery, error)) (Stats, error) {
	dev, err := openDevice()
	if err != nil {
		return Stats{}, err
	}
	defer dev.Close()
	q, err := f(dev, name)
	return stats(q), err
}

// Unload removes an extension that no process and no link holds any more, such
// as one whose process was killed in the middle of loading. It refuses to
// remove a kernel module that is not an extension. Errors match ErrNoExtension
// or ErrInUse. Until ctx is done it waits for the extension's last holder.
func Unload(ctx context.Context, name string) error {
	dev, err := openDevice()
	if err != nil {
		return err
	}
	defer dev.Close()
	if _, err := dev.Extension(name); err != nil {
		return err
	}
	err = removeModule(ctx, name)
	if errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("unload extension %s: %w", name, ErrNoExtension)
	}
	return err
}

// Stat returns the state of one extension, whoever loaded it.
func Stat(name string) (Stats, error) { return control(name, (*kctl.Device).Extension) }
