// SPDX-License-Identifier: Apache-2.0

// Package kernel knows the kernel of the target machine: its release, its
// types (BTF), and what stands in the way of loading an extension. It is the
// only Go package that is aware of kernel versions; it probes for features and
// never compares version numbers.
package kernel
