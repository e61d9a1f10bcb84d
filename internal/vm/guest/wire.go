// SPDX-License-Identifier: Apache-2.0

// Package guest is the inside of a "rex vm": what the rex binary does when the
// guest kernel starts it as process 1, and what it says to the host.
//
// Host and guest talk over virtio-serial ports: one for control, and one each for
// the command's standard input, output and error, which carry raw bytes. Control
// is lines of JSON: a Job and later an InputEnd from the host, Messages from the
// guest.
package guest

// Names of the virtio-serial ports.
const (
	PortControl = "rex.control"
	PortStdin   = "rex.stdin"
	PortStdout  = "rex.stdout"
	PortStderr  = "rex.stderr"
)

// RootTag is the 9p mount tag of the host's root directory.
const RootTag = "rexroot"

// MACPrefix begins the addresses of the machine's network interfaces; their
// number is the last byte.
const MACPrefix = "02:72:65:78:00:"

// InitEnv is set on the kernel command line, and thereby in the environment of
// process 1.
const InitEnv = "REX_VM_INIT"

// DetectEnv is set to 1 in the environment of the command.
const DetectEnv = "REX_VM"

// ModuleEnv is the path of the inserted rex.ko in the environment of the
// command. Package loader reads it.
const ModuleEnv = "REX_KO"

// ModuleDir is where the initramfs holds the kernel modules that are needed to
// reach the host's file system, named so that they load in file-name order.
const ModuleDir = "/rex-modules"

// Job is what the host asks of the guest.
type Job struct {
	// Command is the program and its arguments, Dir its working directory,
	// Env its whole environment.
	Command []string `json:"command"`
	Dir     string   `json:"dir"`
	Env     []string `json:"env"`
	// Modules is the host directory that holds the guest kernel's modules
	// (…/lib/modules/RELEASE), made visible at /lib/modules/RELEASE.
	Modules string `json:"modules"`
	// RexModule is the host path of the rex.ko to insert; none when empty.
	RexModule string `json:"rexModule,omitempty"`
}

// InputEnd tells the guest that the standard input ends after so many bytes. The
// end cannot be told by closing the port: that drops what QEMU still holds.
type InputEnd struct {
	Bytes int64 `json:"bytes"`
}

// Message is what the guest reports.
type Message struct {
	// Started: the guest is set up and the command runs.
	Started bool `json:"started,omitempty"`
	// Exit: the command and everything it left behind has ended.
	Exit *Exit `json:"exit,omitempty"`
	// Error: the guest could not be set up or the command not started.
	Error string `json:"error,omitempty"`
	// NotFound qualifies Error: the command does not exist.
	NotFound bool `json:"notFound,omitempty"`
}

// Exit is the end of the command.
type Exit struct {
	// Code is the exit status, or 128 plus the signal's number.
	Code int `json:"code"`
	// Stdout and Stderr are how many bytes were written to the two ports.
	Stdout int64 `json:"stdout"`
	Stderr int64 `json:"stderr"`
}

// EndOfLog is what the guest writes to the kernel log last. Once it has come
// out of the console, everything before it has.
const EndOfLog = "rex-vm: end of log"
