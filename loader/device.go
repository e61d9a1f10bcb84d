// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"errors"
	"fmt"
	"os"

	"github.com/rex-go/rex/internal/kctl"
	"github.com/rex-go/rex/internal/kernel"
)

// openDevice opens rex.ko's device; its errors match this package's sentinels.
func openDevice() (*kctl.Device, error) {
	dev, err := kctl.Open()
	if err != nil {
		return nil, deviceError(err)
	}
	return dev, nil
}

func openEvents() (*kctl.EventReader, error) {
	r, err := kctl.OpenEvents()
	if err != nil {
		return nil, deviceError(err)
	}
	return r, nil
}

func deviceError(err error) error {
	switch {
	case errors.Is(err, kctl.ErrNotLoaded):
		if err := kernel.Running().CheckRex(); err != nil {
			return err
		}
		// The kernel module is there but not its device: no devtmpfs.
		return fmt.Errorf("%w: %w", ErrNotLoaded, err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: %w (run as root)", ErrNotRoot, err)
	}
	return err
}
