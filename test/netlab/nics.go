// SPDX-License-Identifier: Apache-2.0

package netlab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/rex-go/rex/internal/vm/guest"
)

// NewNICPair is NewPair with the VM's two virtio network interfaces (rex vm
// -nics 2) instead of a veth pair, and only IPv4. Their driver gives each
// received packet a page, so that XDP programs can make it longer; a veth pair
// leaves no room behind a packet.
func NewNICPair(name string, n int) (*Pair, error) {
	p := &Pair{
		NS: "ns" + name, Local: name + "0", Remote: name + "1",
		LocalIP4:  netip.AddrFrom4([4]byte{10, byte(n), 0, 1}),
		RemoteIP4: netip.AddrFrom4([4]byte{10, byte(n), 0, 2}),
		nic:       true,
	}
	if err := run("modprobe", "virtio_net"); err != nil {
		return nil, fmt.Errorf("make nic pair: %w", err)
	}
	// Interfaces come back from a namespace some time after its end.
	var nics [2]string
	for range 200 {
		if nics = findNICs(); nics[0] != "" && nics[1] != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if nics[0] == "" || nics[1] == "" {
		return nil, errors.New("make nic pair: the VM has no two interfaces (rex vm -nics 2)")
	}
	for _, s := range []string{
		"ip netns add " + p.NS,
		"ip link set " + nics[0] + " down",
		"ip link set " + nics[0] + " name " + p.Local,
		"ip link set " + nics[1] + " down",
		"ip link set " + nics[1] + " name " + p.Remote,
		"ip link set " + p.Remote + " netns " + p.NS,
		"sysctl -qw net.ipv6.conf." + p.Local + ".disable_ipv6=1",
		"ip netns exec " + p.NS + " sysctl -qw net.ipv6.conf." + p.Remote + ".disable_ipv6=1",
		"ip addr add " + p.LocalIP4.String() + "/24 dev " + p.Local,
		"ip -n " + p.NS + " addr add " + p.RemoteIP4.String() + "/24 dev " + p.Remote,
		"ip link set " + p.Local + " up",
		"ip -n " + p.NS + " link set lo up",
	} {
		if err := run(strings.Fields(s)...); err != nil {
			p.Close()
			return nil, fmt.Errorf("make nic pair %s: %w", name, err)
		}
	}
	return p, nil
}

// findNICs returns the names of the VM's interfaces in this namespace.
func findNICs() (nics [2]string) {
	all, err := net.Interfaces()
	if err != nil {
		return nics
	}
	for _, ifi := range all {
		for i := range nics {
			if ifi.HardwareAddr.String() == fmt.Sprintf("%s%02x", guest.MACPrefix, i) {
				nics[i] = ifi.Name
			}
		}
	}
	return nics
}
