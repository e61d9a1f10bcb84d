// SPDX-License-Identifier: Apache-2.0

// Package float forbids floating-point and complex numbers.
//
// The kernel does not save the FPU and SIMD registers of the task that a
// program interrupts, so touching them would corrupt user space. Constants
// that have an integer value (1e9) and never become floating-point at run time
// are fine.
package float
