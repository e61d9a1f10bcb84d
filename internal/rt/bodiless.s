// SPDX-License-Identifier: Apache-2.0

//go:build rex

// Empty: with an assembly file in the package, the Go compiler accepts the
// functions without bodies in abi_unsafe.go, so that go vet -tags rex works on
// the SDK and on extensions.
