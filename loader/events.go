// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/rex-go/rex/internal/kctl"
	"github.com/rex-go/rex/internal/report"
)

// Event is one thing that happened in an extension: a panic, a timeout, a
// stack overflow, or a log record. Its String method words it as Go would;
// its JSON method and encoding/json give it to programs.
type Event = report.Event

// Frame is one function of an event's trace.
type Frame = report.Frame

// Kinds of events.
const (
	EventPanic         = report.Panic
	EventTimeout       = report.Timeout
	EventStackOverflow = report.StackOverflow
	EventLog           = report.Log
	// EventLost: events were overwritten before they were read.
	EventLost = report.Lost
)

// Events yields the extension's events since it was loaded, and then each as
// it happens, until ctx is done or the extension is closed. One loop at a time
// may use it; a later one goes on where the last one stopped. An error ends
// the sequence.
func (e *Extension) Events(ctx context.Context) iter.Seq2[Event, error] {
	return sequence(ctx, e.events, e.lookup(), e.name)
}

// Pending returns the extension's events since it was loaded, or since Events
// or Pending gave the last one, without waiting for more.
func (e *Extension) Pending() ([]Event, error) {
	recs, err := e.events.Drain()
	var all []Event
	look := e.lookup()
	for i := range recs {
		if ev := report.Make(&recs[i], look); ev.Extension == e.Name() {
			all = append(all, ev)
		}
	}
	return all, err
}

// Watch yields the events of all extensions, whoever loaded them, until ctx is
// done. Traces have file and line for the extensions whose objects are given.
func Watch(ctx context.Context, objs ...*Object) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		r, err := openEvents()
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer r.Close()
		sequence(ctx, r, lookup(objs), "")(yield)
	}
}

// sequence yields what r reads; only, when not empty, is the one extension
// whose events count.
func sequence(ctx context.Context, r *kctl.EventReader, look report.Lookup, only string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			rec, err := r.Next(ctx)
			if ctx.Err() != nil || errors.Is(err, io.EOF) || kctl.IsClosed(err) {
				return
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			ev := report.Make(&rec, look)
			if only != "" && ev.Extension != only && ev.Kind != report.Lost {
				continue
			}
			if !yield(ev, nil) {
				return
			}
		}
	}
}
