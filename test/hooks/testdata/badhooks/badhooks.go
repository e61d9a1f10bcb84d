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

// RuntimePanic names a function of rex.ko that does not return.
//
//rex:kretprobe rex_panic
func RuntimePanic(ctx *kprobe.ReturnContext) kprobe.Action { return kprobe.Continue }

// RuntimeHelper names a function of rex.ko that returns most of the time.
//
//rex:kprobe rex_map_lookup
func RuntimeHelper(ctx *kprobe.Context) kprobe.Action { return kprobe.Continue }

// GoFunction names a function of the extension itself.
//
//rex:kretprobe badhooks.NoFunction
func GoFunction(ctx *kprobe.ReturnContext) kprobe.Action { return kprobe.Continue }
