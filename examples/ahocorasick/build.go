// SPDX-License-Identifier: Apache-2.0

package ahocorasick

import "errors"

// Build makes the automaton for patterns, in user space: state 0 is the first
// one.
func Build(patterns []string) ([]State, error) {
	if len(patterns) > MaxPatterns {
		return nil, errors.New("too many patterns")
	}
	all := make([]State, 1)
	for i, p := range patterns {
		if p == "" {
			return nil, errors.New("empty pattern")
		}
		at := uint16(0)
		for j := range len(p) {
			next := &all[at].Next[p[j]]
			if *next == 0 {
				if len(all) == MaxStates {
					return nil, errors.New("too many states")
				}
				*next = uint16(len(all))
				all = append(all, State{})
			}
			at = all[at].Next[p[j]]
		}
		if all[at].Pattern == 0 {
			all[at].Pattern = uint16(i + 1)
		}
	}
	// Breadth first, so that what a shorter text leads to is known.
	fail := make([]uint16, len(all))
	queue := []uint16{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for c, to := range all[at].Next {
			other := uint16(0)
			if at != 0 {
				other = all[fail[at]].Next[c]
			}
			if to == 0 {
				all[at].Next[c] = other
				continue
			}
			fail[to] = other
			all[to].Shorter = other
			if all[other].Pattern == 0 {
				all[to].Shorter = all[other].Shorter
			}
			if all[to].Pattern == 0 && all[to].Shorter != 0 {
				// A state always has the longest of its patterns.
				shorter := all[all[to].Shorter]
				all[to].Pattern, all[to].Shorter = shorter.Pattern, shorter.Shorter
			}
			queue = append(queue, to)
		}
	}
	return all, nil
}
