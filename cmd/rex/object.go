// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/rex-go/rex/loader"
)

// objectOf returns the object that an argument names.
func objectOf(_ context.Context, arg string) (*loader.Object, error) {
	return loader.Open(arg)
}
