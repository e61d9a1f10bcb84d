// SPDX-License-Identifier: Apache-2.0

package link

import (
	"errors"
	"fmt"
)

// Reasons why Link refuses its input; use errors.Is. Others come from packages
// image (the object), audit (its machine code) and kernel (missing types).
var (
	// ErrInput: the caller's input contradicts itself.
	ErrInput = errors.New("bad linker input")
	// ErrRexKO: the file is not a rex.ko.
	ErrRexKO = errors.New("not a usable rex.ko")
	// ErrABI: object, rex.ko and this binary are not of the same ABI.
	ErrABI = errors.New("ABI mismatch")
	// ErrKernel: rex.ko was built for another kernel.
	ErrKernel = errors.New("rex.ko is for another kernel")
	// ErrObject: the object has something that a kernel module must not have.
	ErrObject = errors.New("object cannot become a kernel module")
	// ErrVersion: rex.ko does not vouch for a symbol.
	ErrVersion = errors.New("symbol without a version in rex.ko")
)

// ABIError says which ABI two parties have. It matches ErrABI.
type ABIError struct {
	// Left and Right name the parties: "object", "rex.ko", "this rex".
	Left, Right string
	// LeftABI and RightABI are of the form VERSION:HASH, as in rex.ko's
	// modinfo key rex_abi.
	LeftABI, RightABI string
}

func (e *ABIError) Error() string {
	hint := "rebuild the extension"
	if e.Left == "rex.ko" {
		hint = "build it again with rex module build"
	}
	return fmt.Sprintf("%v: %s has %s, %s has %s (%s)", ErrABI, e.Left, e.LeftABI, e.Right, e.RightABI, hint)
}

// Is makes errors.Is(err, ErrABI) true.
func (e *ABIError) Is(target error) bool { return target == ErrABI }

// KernelError says for which kernel rex.ko was built and which one runs. It
// matches ErrKernel.
type KernelError struct {
	Built, Running string
}

func (e *KernelError) Error() string {
	return fmt.Sprintf("rex.ko was built for %s, this kernel is %s (rex module build makes one for this kernel)", e.Built, e.Running)
}

// Is makes errors.Is(err, ErrKernel) true.
func (e *KernelError) Is(target error) bool { return target == ErrKernel }
