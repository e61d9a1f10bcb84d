// SPDX-License-Identifier: Apache-2.0

package dns

import (
	"errors"
	"strings"
)

// ErrName: a name is empty, has an empty label, or is too long.
var ErrName = errors.New("not a name of at most 62 bytes")

// ParseName returns the name that is written with dots.
func ParseName(s string) (n Name, err error) {
	at := 0
	for label := range strings.SplitSeq(strings.TrimSuffix(strings.ToLower(s), "."), ".") {
		if label == "" || len(label) > 63 || at+1+len(label) >= len(n) {
			return Name{}, ErrName
		}
		n[at] = byte(len(label))
		at += 1 + copy(n[at+1:], label)
	}
	return n, nil
}
