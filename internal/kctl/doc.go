// SPDX-License-Identifier: Apache-2.0

// Package kctl is the client of rex.ko and of the kernel interfaces that
// loading an extension needs: the control and event device, init_module(2)
// and delete_module(2), the kernel log, and BPF_PROG_LOAD of a stub.
//
// Everything here talks to the running kernel and needs root (CAP_SYS_ADMIN,
// CAP_SYS_MODULE, CAP_BPF). It decides nothing: package loader does.
package kctl
