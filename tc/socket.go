// SPDX-License-Identifier: Apache-2.0

package tc

// Socket is what a packet's socket and its connection requests have in common:
// the kernel's struct sock_common.
type Socket struct {
	// Family is AF_INET (2), AF_INET6 (10) and so on.
	Family uint16
	// State is TCP_ESTABLISHED (1) and so on of include/net/tcp_states.h, for
	// other protocols too.
	State uint8
	// BoundIfindex is the interface it is bound to, 0 for none.
	BoundIfindex uint32
	// LocalPort and RemotePort are of TCP, UDP and the like.
	LocalPort, RemotePort uint16
	// The addresses; those of version 6 for sockets of family AF_INET6, those
	// of version 4 for AF_INET.
	LocalIP4, RemoteIP4 [4]byte
	LocalIP6, RemoteIP6 [16]byte
}
