// SPDX-License-Identifier: Apache-2.0

// Package tc is for programs that see packets at the traffic control hooks of
// an interface, incoming or outgoing:
//
//	//rex:tc
//	func Classify(ctx *tc.Context) tc.Action
//
// The context is softirq, or on the way out a task; a program neither sleeps nor
// waits.
package tc

// Action is a classifier's verdict (TC_ACT_* in
// include/uapi/linux/pkt_cls.h).
type Action int32

const (
	// Unspec leaves the verdict to the next program at the hook, as if this one
	// were not there; the last one's lets the packet through. It is the default
	// verdict.
	Unspec Action = -1
	// OK lets the packet through, past the other programs.
	OK Action = 0
	// Shot drops the packet.
	Shot Action = 2
	// Redirect sends the packet where an earlier redirect call said.
	Redirect Action = 7
)

// String returns the constant's name.
func (a Action) String() string {
	switch a {
	case Unspec:
		return "Unspec"
	case OK:
		return "OK"
	case Shot:
		return "Shot"
	case Redirect:
		return "Redirect"
	}
	return "Action(invalid)"
}
