// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
)

// moduleFor returns the path of rex.ko for a kernel that the vm command knows.
func moduleFor(ctx context.Context, name string, progress io.Writer) (string, error) {
	return "", errors.New("use -no-module")
}
