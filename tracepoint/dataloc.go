// SPDX-License-Identifier: Apache-2.0

package tracepoint

// DataLoc is the value of a field that the format file declares __data_loc: it
// says where in the record the field's bytes are. See Context.ReadDynamic.
type DataLoc uint32

// Len returns how many bytes there are.
func (l DataLoc) Len() int { return int(l >> 16) }
