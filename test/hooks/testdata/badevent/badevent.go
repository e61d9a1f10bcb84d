// SPDX-License-Identifier: Apache-2.0

// Package badevent names a tracepoint that does not exist.
package badevent

import "github.com/rex-go/rex/tracepoint"

// Nothing is never loaded.
//
//rex:tracepoint sched/no_such_event
func Nothing(ctx *tracepoint.Context[struct{}]) tracepoint.Action { return tracepoint.Keep }
