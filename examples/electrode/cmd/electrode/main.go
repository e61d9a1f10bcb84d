// SPDX-License-Identifier: Apache-2.0

// Command electrode attaches the extension to the interfaces of a leader, and of
// followers in network namespaces of the same machine, and shows what the kernel
// does for them.
//
//	electrode -quorum 2 -follower veth1,ns1,eth0,10.0.1.2 -follower veth2,ns2,eth0,10.0.2.2 electrode.rexo
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/rex-go/rex/examples/electrode"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/packet"
)

// follower is a follower as the command line names it.
type follower struct {
	local     string // the leader's interface to it
	namespace string
	remote    string // its own interface
	addr      netip.Addr
}

// parseFollower reads LOCAL,NAMESPACE,REMOTE,ADDRESS.
func parseFollower(s string) (f follower, err error) {
	parts := strings.Split(s, ",")
	if len(parts) != 4 {
		return f, fmt.Errorf("follower %q is not INTERFACE,NAMESPACE,INTERFACE,ADDRESS", s)
	}
	f = follower{local: parts[0], namespace: parts[1], remote: parts[2]}
	f.addr, err = netip.ParseAddr(parts[3])
	if err == nil && !f.addr.Is4() {
		err = errors.New("it is not an IPv4 address")
	}
	if err != nil {
		return f, fmt.Errorf("follower %q: %w", s, err)
	}
	return f, nil
}

func main() {
	var all []follower
	var quorum, view uint
	live.App{
		Name: "electrode",
		Flags: func(fs *flag.FlagSet) {
			fs.Func("follower", "`INTERFACE,NAMESPACE,INTERFACE,ADDRESS` of a follower; the first one is whom the leader sends to", func(s string) error {
				f, err := parseFollower(s)
				all = append(all, f)
				return err
			})
			fs.UintVar(&quorum, "quorum", 2, "how many followers make a `quorum` together with the leader")
			fs.UintVar(&view, "view", 1, "`number` of the view")
		},
		Setup: func(ext *loader.Extension) error {
			if len(all) == 0 || len(all) > electrode.MaxFollowers || int(quorum) > len(all) {
				return fmt.Errorf("%d followers cannot make a quorum of %d", len(all), quorum)
			}
			return setUp(ext, all, uint32(quorum), uint64(view))
		},
		Attach: func(ext *loader.Extension) error { return attach(ext, all) },
		Watch: func(ctx context.Context, w io.Writer, ext *loader.Extension) error {
			last := make([]uint64, len(all))
			for e, err := range loader.Records[electrode.Entry](ctx, ext, "log") {
				if err != nil {
					return err
				}
				if e.Op != last[e.Number]+1 {
					return fmt.Errorf("follower %d: operation %d in the log behind %d", e.Number, e.Op, last[e.Number])
				}
				last[e.Number] = e.Op
			}
			for i, n := range last {
				fmt.Fprintf(w, "follower %d: %d operations in its log\n", i, n)
			}
			return nil
		},
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			s, err := live.Sums(ext, "stats", electrode.NumStats)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(w, "leader: %d copies sent, %d quorums, %d messages absorbed; followers: %d acknowledged, %d left to user space\n",
				s[electrode.Copies], s[electrode.Passed], s[electrode.Absorbed], s[electrode.Acknowledged], s[electrode.Slow])
			return err
		},
	}.Main()
}

// replica is electrode.Replica as user space writes it: the lock's place first.
type replica struct {
	Lock, Number uint32
	View, Last   uint64
}

// setUp tells the kernel who is there.
func setUp(ext *loader.Extension, all []follower, quorum uint32, view uint64) error {
	for i, f := range all {
		iface, err := net.InterfaceByName(f.local)
		if err != nil {
			return fmt.Errorf("find interface %s: %w", f.local, err)
		}
		src, err := address(iface)
		if err != nil {
			return err
		}
		e := electrode.Follower{Ifindex: uint32(iface.Index), IP: f.addr.As4(), SrcIP: src, SrcMAC: packet.MAC(iface.HardwareAddr), Used: 1}
		err = inNamespace(f.namespace, func() error {
			remote, err := net.InterfaceByName(f.remote)
			if err == nil {
				e.MAC = packet.MAC(remote.HardwareAddr)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("find interface %s: %w", f.remote, err)
		}
		err = errors.Join(live.Put(ext, "followers", uint32(i), e),
			live.Put(ext, "replicas", packet.IPv4Addr(f.addr.As4()), replica{Number: uint32(i), View: view}))
		if err != nil {
			return err
		}
	}
	return live.Put(ext, "quorum", uint32(0), quorum)
}

// address is an interface's IPv4 address.
func address(iface *net.Interface) (packet.IPv4Addr, error) {
	addrs, err := iface.Addrs()
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
			return packet.IPv4Addr(n.IP.To4()), nil
		}
	}
	return packet.IPv4Addr{}, errors.Join(fmt.Errorf("interface %s has no IPv4 address", iface.Name), err)
}

// attach attaches the programs: of each veth pair, Quorum to the leader's end and
// Acknowledge to the follower's; Broadcast where the leader sends.
func attach(ext *loader.Extension, all []follower) error {
	for i, f := range all {
		iface, err := net.InterfaceByName(f.local)
		if err != nil {
			return err
		}
		if _, err := ext.AttachXDP("Quorum", iface.Index, 0); err != nil {
			return err
		}
		if i == 0 {
			if _, err := ext.AttachTC("Broadcast", iface.Index, loader.Egress); err != nil {
				return err
			}
		}
		err = inNamespace(f.namespace, func() error {
			iface, err := net.InterfaceByName(f.remote)
			if err != nil {
				return err
			}
			_, err = ext.AttachXDP("Acknowledge", iface.Index, 0)
			return err
		})
		if err != nil {
			return fmt.Errorf("attach in %s: %w", f.namespace, err)
		}
	}
	return nil
}
