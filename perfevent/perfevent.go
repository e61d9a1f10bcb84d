// SPDX-License-Identifier: Apache-2.0

// Package perfevent is for programs that run at each sample of a perf event,
// for example a profiling timer or a hardware counter:
//
//	//rex:perfevent
//	func Sample(ctx *perfevent.Context) perfevent.Action
//
// They may run in NMI context.
package perfevent

// Action is the verdict: what becomes of the sample for other readers of the
// same perf event.
type Action uint32

const (
	// Discard keeps the sample from readers of the event.
	Discard Action = 0
	// Keep hands the sample on. It is the default verdict.
	Keep Action = 1
)

// String returns the constant's name.
func (a Action) String() string {
	switch a {
	case Discard:
		return "Discard"
	case Keep:
		return "Keep"
	}
	return "Action(invalid)"
}
