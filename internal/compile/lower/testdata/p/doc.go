// SPDX-License-Identifier: Apache-2.0

// Package p is the place where test programs are put.
package p
