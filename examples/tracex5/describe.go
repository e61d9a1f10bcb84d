// SPDX-License-Identifier: Apache-2.0

package tracex5

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/rex-go/rex"
)

// A printer appends the text of argument i to b. This is what eBPF programs need
// a table of tail calls for: here it is a table of functions.
type printer func(b []byte, args *[6]uint64, i int) []byte

// signature is a call's name and how to print its arguments.
type signature struct {
	name string
	args []printer
}

// signatures has the calls that are known; of others the number and three
// arguments are printed.
var signatures = map[int64]signature{
	0:   {"read", []printer{number, address, number}},
	1:   {"write", []printer{number, buffer, number}},
	3:   {"close", []printer{number}},
	9:   {"mmap", []printer{address, number, protection, address, number, number}},
	10:  {"mprotect", []printer{address, number, protection}},
	17:  {"pread64", []printer{number, address, number, number}},
	18:  {"pwrite64", []printer{number, buffer, number, number}},
	39:  {"getpid", nil},
	42:  {"connect", []printer{number, socketAddress, number}},
	44:  {"sendto", []printer{number, buffer, number, address, socketAddress, number}},
	59:  {"execve", []printer{path, address, address}},
	62:  {"kill", []printer{number, number}},
	121: {"getpgid", []printer{number}},
	157: {"prctl", []printer{number, address, address, address, address}},
	257: {"openat", []printer{directory, path, address, address}},
	262: {"newfstatat", []printer{directory, path, address, address}},
	263: {"unlinkat", []printer{directory, path, address}},
}

// describe returns a call's text, such as write(1, "hello\n", 6).
func describe(nr int64, args *[6]uint64) []byte {
	s, ok := signatures[nr]
	if !ok {
		s = signature{"sys_" + strconv.FormatInt(nr, 10), []printer{address, address, address}}
	}
	b := append(make([]byte, 0, MaxText), s.name...)
	b = append(b, '(')
	for i, print := range s.args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = print(b, args, i)
	}
	return append(b, ')')
}

func number(b []byte, args *[6]uint64, i int) []byte {
	// Most such arguments are an int, whose upper half is undefined.
	return strconv.AppendInt(b, int64(int32(args[i])), 10)
}

func address(b []byte, args *[6]uint64, i int) []byte {
	return strconv.AppendUint(append(b, "0x"...), args[i], 16)
}

// path prints the string at an address.
func path(b []byte, args *[6]uint64, i int) []byte {
	var buf [128]byte
	s, err := rex.ReadUserString(buf[:], args[i])
	if err != nil {
		return address(b, args, i)
	}
	return strconv.AppendQuote(b, string(s))
}

// buffer prints the first bytes at an address; the argument behind it is their
// number.
func buffer(b []byte, args *[6]uint64, i int) []byte {
	const most = 32
	var buf [most]byte
	n := min(args[i+1], most)
	if rex.ReadUserBytes(buf[:n], args[i]) != nil {
		return address(b, args, i)
	}
	b = strconv.AppendQuote(b, string(buf[:n]))
	if args[i+1] > most {
		b = append(b, "..."...)
	}
	return b
}

// directory prints the first argument of the at-calls.
func directory(b []byte, args *[6]uint64, i int) []byte {
	if int32(args[i]) == -100 {
		return append(b, "AT_FDCWD"...)
	}
	return number(b, args, i)
}

// protection prints the access of a mapping.
func protection(b []byte, args *[6]uint64, i int) []byte {
	start := len(b)
	for bit, name := range [...]string{"PROT_READ", "PROT_WRITE", "PROT_EXEC"} {
		if args[i]&(1<<bit) != 0 {
			if len(b) > start {
				b = append(b, '|')
			}
			b = append(b, name...)
		}
	}
	if len(b) == start {
		b = append(b, "PROT_NONE"...)
	}
	return b
}

// socketAddress prints an IPv4 or IPv6 address with its port.
func socketAddress(b []byte, args *[6]uint64, i int) []byte {
	var sa [28]byte // struct sockaddr_in6
	size := min(args[i+1], uint64(len(sa)))
	if rex.ReadUserBytes(sa[:size], args[i]) != nil {
		return address(b, args, i)
	}
	port := binary.BigEndian.Uint16(sa[2:])
	switch family := binary.LittleEndian.Uint16(sa[:]); {
	case family == 2 && size >= 16: // AF_INET
		return append(b, netip.AddrPortFrom(netip.AddrFrom4([4]byte(sa[4:])), port).String()...)
	case family == 10 && size >= 28: // AF_INET6
		return append(b, netip.AddrPortFrom(netip.AddrFrom16([16]byte(sa[8:])), port).String()...)
	}
	return address(b, args, i)
}
