// SPDX-License-Identifier: Apache-2.0

package rex

// RingBufFlags say whether a record wakes up a reader that waits for one. The
// default is to do so when the reader has read everything before it.
type RingBufFlags uint64

// Flags of bpf_ringbuf_submit (include/uapi/linux/bpf.h).
const (
	// NoWakeup leaves the reader waiting: for records that may be read with
	// later ones.
	NoWakeup RingBufFlags = 1 << 0
	// ForceWakeup wakes the reader up in any case.
	ForceWakeup RingBufFlags = 1 << 1
)
