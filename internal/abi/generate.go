// SPDX-License-Identifier: Apache-2.0

package abi

//go:generate go run ./abigen -root ../..
