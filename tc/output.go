// SPDX-License-Identifier: Apache-2.0

package tc

// maxSample is the largest sample in bytes (OUTPUT_MAX in kmod/src/perf.c).
const maxSample = 0xf000
