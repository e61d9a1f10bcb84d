// SPDX-License-Identifier: Apache-2.0

package diag

// Code is a stable identifier of a kind of problem, "REX" and four digits.
// Codes are append-only; the registry in this package documents each.
type Code string
