// SPDX-License-Identifier: Apache-2.0

// Package tc is for programs that see packets at the traffic control hooks of
// an interface, incoming or outgoing:
//
//	//rex:tc
//	func Classify(ctx *tc.Context) tc.Action
package tc

// Context is a packet in the network stack: the kernel's struct sk_buff. It is
// valid during the invocation it was passed to.
type Context struct {
	_ [0]func()
	_ byte
}

// Action is a classifier's verdict (TC_ACT_* in
// include/uapi/linux/pkt_cls.h).
type Action int32

const (
	// Unspec leaves the verdict to the next program or the default.
	Unspec Action = -1
	// OK lets the packet through. It is the default verdict.
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
