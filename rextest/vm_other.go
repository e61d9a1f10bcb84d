// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package rextest

import "testing"

func inKernel() bool { return false }

func loadInKernel(t *testing.T, _ string) { t.Fatal("the guest is not Linux") }

func runInKernel(t testing.TB, _ any, _ uint32, _ []byte) (uint32, []byte) {
	t.Fatal("not in a guest")
	return 0, nil
}
