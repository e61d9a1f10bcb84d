// SPDX-License-Identifier: Apache-2.0

// Package badhooks has programs for functions that cannot be probed.
package badhooks

import "github.com/rex-go/rex/kprobe"

// NoFunction names nothing.
//
//rex:kprobe rex_there_is_no_such_function
func NoFunction(ctx *kprobe.Context) kprobe.Action { return kprobe.Continue }

// NoKprobe names a function that probes need themselves.
//
//rex:kprobe kprobe_int3_handler
func NoKprobe(ctx *kprobe.Context) kprobe.Action { return kprobe.Continue }

// NotAFunc names a variable.
//
//rex:kretprobe jiffies_64
func NotAFunc(ctx *kprobe.ReturnContext) kprobe.Action { return kprobe.Continue }
