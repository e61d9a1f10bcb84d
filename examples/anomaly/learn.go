// SPDX-License-Identifier: Apache-2.0

package anomaly

import "slices"

// Sample is a window of which user space knows whether it is anomalous.
type Sample struct {
	Features  Features
	Anomalous bool
}

// Learn makes a decision tree from samples, in user space: as in CART, each node
// splits the samples where the Gini impurity of the two halves is least.
func Learn(samples []Sample) []Node {
	var tree []Node
	var grow func(s []Sample, depth int) uint32
	grow = func(s []Sample, depth int) uint32 {
		at := uint32(len(tree))
		tree = append(tree, Node{})
		bad := anomalous(s)
		n := Node{}
		if 2*bad > len(s) {
			n.Anomalous = 1
		}
		feature, threshold, ok := split(s)
		if ok && depth < 6 { // at most 127 nodes
			right := slices.Clone(s)
			left := slices.DeleteFunc(slices.Clone(s), func(x Sample) bool { return x.Features[feature] > threshold })
			right = slices.DeleteFunc(right, func(x Sample) bool { return x.Features[feature] <= threshold })
			n.Feature, n.Threshold = uint32(feature), threshold
			n.Left = grow(left, depth+1)
			n.Right = grow(right, depth+1)
		}
		tree[at] = n
		return at
	}
	grow(samples, 0)
	return tree
}

func anomalous(s []Sample) (n int) {
	for _, x := range s {
		if x.Anomalous {
			n++
		}
	}
	return n
}

// split finds the best threshold of the best feature; ok is false when none
// makes the samples purer.
func split(s []Sample) (feature int, threshold uint32, ok bool) {
	best := impurity(anomalous(s), len(s))
	for f := range NumFeatures {
		s = slices.Clone(s)
		slices.SortStableFunc(s, func(a, b Sample) int { return int(a.Features[f]) - int(b.Features[f]) })
		left, all := 0, anomalous(s)
		for i := range len(s) - 1 {
			if s[i].Anomalous {
				left++
			}
			low, high := s[i].Features[f], s[i+1].Features[f]
			if low == high {
				continue
			}
			if g := impurity(left, i+1) + impurity(all-left, len(s)-i-1); g < best {
				best, feature, threshold, ok = g, f, (low+high)/2, true
			}
		}
	}
	return feature, threshold, ok
}

// impurity is proportional to the Gini impurity of n samples, bad of which are
// anomalous, times n; integers keep it the same on every machine.
func impurity(bad, n int) int {
	if n == 0 {
		return 0
	}
	return 1000 * bad * (n - bad) / n
}
