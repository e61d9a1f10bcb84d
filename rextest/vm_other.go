// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package rextest

import (
	"testing"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/tc"
	"github.com/rex-go/rex/tracepoint"
)

// The guest is Linux: none of these is ever called.

func inKernel() bool { return false }

func loadInKernel(t *testing.T, _ string) { t.Fatal("the guest is not Linux") }

func xdpInKernel(testing.TB, any, Frame) (uint32, []byte) { return 0, nil }

func tcInKernel(_ testing.TB, _ TCProgram, p SKB) (tc.Action, SKB) { return 0, p }

func kprobeInKernel(testing.TB, any, rex.Registers) uint32 { return 0 }

func syscallInKernel(testing.TB, any, rex.Registers, []byte) (ip, result uint64) { return 0, 0 }

func tracepointInKernel(testing.TB, any, []byte, map[tracepoint.DataLoc][]byte) uint32 { return 0 }

func perfEventInKernel(testing.TB, any, Sample) uint32 { return 0 }
