// SPDX-License-Identifier: Apache-2.0

// Package kernels holds what is compared with C, one program each, in the order
// of kernels.c.
package kernels

import "github.com/rex-go/rex/xdp"

// report prints the result.
func report(result uint64) xdp.Action {
	println(result)
	return xdp.Pass
}

// SipHash runs the kernel of that name.
//
//rex:xdp
func SipHash(*xdp.Context) xdp.Action { return report(runSipHash()) }

// XXHash runs the kernel of that name.
//
//rex:xdp
func XXHash(*xdp.Context) xdp.Action { return report(runXXHash()) }

// SHA256 runs the kernel of that name.
//
//rex:xdp
func SHA256(*xdp.Context) xdp.Action { return report(runSHA256()) }

// CRC32 runs the kernel of that name.
//
//rex:xdp
func CRC32(*xdp.Context) xdp.Action { return report(runCRC32()) }

// Base64 runs the kernel of that name.
//
//rex:xdp
func Base64(*xdp.Context) xdp.Action { return report(runBase64()) }

// DNS runs the kernel of that name.
//
//rex:xdp
func DNS(*xdp.Context) xdp.Action { return report(runDNS()) }

// Header runs the kernel of that name.
//
//rex:xdp
func Header(*xdp.Context) xdp.Action { return report(runHeader()) }

// AhoCorasick runs the kernel of that name.
//
//rex:xdp
func AhoCorasick(*xdp.Context) xdp.Action { return report(runAhoCorasick()) }

// JSON runs the kernel of that name.
//
//rex:xdp
func JSON(*xdp.Context) xdp.Action { return report(runJSON()) }

// LZ4 runs the kernel of that name.
//
//rex:xdp
func LZ4(*xdp.Context) xdp.Action { return report(runLZ4()) }

// Sort runs the kernel of that name.
//
//rex:xdp
func Sort(*xdp.Context) xdp.Action { return report(runSort()) }

// TopK runs the kernel of that name.
//
//rex:xdp
func TopK(*xdp.Context) xdp.Action { return report(runTopK()) }
