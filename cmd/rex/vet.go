// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// runVet has the go command find the packages and call this binary for each.
func runVet(ctx context.Context, args []string) int {
	for _, a := range args {
		if a == "-h" || a == "-help" || a == "--help" {
			newFlags("vet").Usage()
			return exitOK
		}
	}
	self, err := os.Executable()
	if err != nil {
		return fail("vet", err)
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"vet", "-vettool=" + self}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exitFailure
	}
	return fail("vet", err)
}
