// SPDX-License-Identifier: Apache-2.0

// Package big is generated when it is compiled.
package big
