// SPDX-License-Identifier: Apache-2.0

// Package httproute finds the route of each HTTP/1 request by its request line:
// it counts requests by route and method, and drops those that the route does not
// allow before the server sees them.
package httproute

import (
	"bytes"
	"sync/atomic"

	"github.com/rex-go/rex"
	"github.com/rex-go/rex/packet"
	"github.com/rex-go/rex/xdp"
)

// Port is the server's.
const Port = 8080

// Path is the beginning of a path, without escapes, dot segments and query.
type Path [64]byte

// Methods is a set of methods: bits from 1<<Get on.
type Methods uint32

// The methods.
const (
	Get = iota
	Head
	Post
	Put
	Delete
	Options
	Patch
	NumMethods
)

// Names are those of the methods.
var Names = [NumMethods]string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}

// Route is what is known of the paths with a prefix.
type Route struct {
	Allow    Methods
	_        uint32
	Requests [NumMethods]uint64
	Denied   uint64
}

// The rows of stats.
const (
	Routed = iota
	Denied
	NoRoute   // passed
	Malformed // begins like a request, passed
	Split     // goes on in the next segment: passed, and judged with that
	NumStats
)

// MaxLine is how much of a request line is kept when it comes in several
// segments. What is longer is passed.
const MaxLine = 1024

// Conn is a client's side of a TCP connection.
type Conn struct {
	Src, Dst         packet.IPv4Addr
	SrcPort, DstPort packet.BE16
}

// Begun is the beginning of a request line.
type Begun struct {
	Next uint32 // the sequence number that it goes on at
	Len  uint32
	Text [MaxLine]byte
}

var (
	routes = rex.NewLPMTrie[Path, Route](1024)
	begun  = rex.NewLRUHash[Conn, Begun](1024)
	stats  = rex.NewPerCPUArray[uint64](NumStats)
)

// Filter is the program.
//
//rex:xdp
func Filter(ctx *xdp.Context) xdp.Action {
	conn, seq, text := payload(ctx.Data())
	if len(text) == 0 {
		return xdp.Pass
	}
	next := seq + uint32(len(text))
	// A segment that is dropped is sent again: what came before it stays.
	if b := begun.Lookup(conn); b != nil && b.Next == seq {
		text = append(b.Text[:b.Len:b.Len], text...)
	}
	method, rest, ok := parseMethod(text)
	if !ok {
		return xdp.Pass
	}
	row := Split
	if line, _, whole := bytes.Cut(rest, []byte("\r\n")); whole {
		row = judge(line, method)
	} else if len(text) <= MaxLine {
		b := Begun{Next: next, Len: uint32(len(text))}
		copy(b.Text[:], text)
		begun.Update(conn, b)
	}
	*stats.Lookup(uint32(row))++
	if row == Denied {
		return xdp.Drop
	}
	return xdp.Pass
}

// judge decides about a request line, which comes without its method.
func judge(line []byte, method int) (row int) {
	target, version, ok := bytes.Cut(line, []byte(" "))
	if !ok || !bytes.HasPrefix(version, []byte("HTTP/1.")) {
		return Malformed
	}
	path, ok := clean(target)
	if !ok {
		return Malformed
	}
	r := routes.Lookup(path)
	if r == nil {
		return NoRoute
	}
	atomic.AddUint64(&r.Requests[method], 1)
	if r.Allow&(1<<method) == 0 {
		atomic.AddUint64(&r.Denied, 1)
		return Denied
	}
	return Routed
}

// payload returns what a client sends the server, and where in its stream that is;
// nil for other packets.
func payload(b []byte) (c Conn, seq uint32, text []byte) {
	eth, b, ok := packet.ParseEthernet(b)
	if !ok || eth.EtherType() != packet.EtherTypeIPv4 {
		return c, 0, nil
	}
	ip, b, ok := packet.ParseIPv4(b)
	if !ok || ip.Protocol != packet.ProtoTCP || ip.FragmentOffset() != 0 {
		return c, 0, nil
	}
	tcp, text, ok := packet.ParseTCP(b)
	if !ok || tcp.DstPort.Get() != Port {
		return c, 0, nil
	}
	return Conn{ip.Src, ip.Dst, tcp.SrcPort, tcp.DstPort}, tcp.Seq.Get(), text
}

// parseMethod takes the method off a request line. What ends within a method is
// ok, too: rest is nil then.
func parseMethod(text []byte) (method int, rest []byte, ok bool) {
	for method, name := range Names {
		n := min(len(name), len(text))
		switch {
		case string(text[:n]) != name[:n]:
		case n == len(text):
			return method, nil, true
		case text[n] == ' ':
			return method, text[n+1:], true
		}
	}
	return 0, nil, false
}

// clean makes a path of a request's target (RFC 9112 §3.2): without scheme and
// host, query and escapes, and with dot segments and empty ones removed (RFC 3986
// §5.2.4), so that /api/%2e%2e/admin is /admin, as it is to most servers.
func clean(target []byte) (p Path, ok bool) {
	if _, rest, ok := bytes.Cut(target, []byte("://")); ok {
		slash := bytes.IndexByte(rest, '/')
		if slash < 0 {
			return Path{'/'}, true
		}
		target = rest[slash:]
	}
	if i := bytes.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if len(target) == 0 || target[0] != '/' {
		return p, false
	}
	var segments [][]byte
	for s := range bytes.SplitSeq(target[1:], []byte("/")) {
		s, ok := unescape(s)
		switch {
		case !ok:
			return p, false
		case string(s) == "..":
			segments = segments[:max(len(segments)-1, 0)]
		case len(s) > 0 && string(s) != ".":
			segments = append(segments, s)
		}
	}
	n := 0
	for _, s := range segments {
		n += copy(p[n:], "/")
		n += copy(p[n:], s)
	}
	copy(p[n:], "/")
	return p, true
}

// unescape decodes %XX. A slash or a zero so hidden is no path to be trusted.
func unescape(s []byte) ([]byte, bool) {
	if bytes.IndexByte(s, '%') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return nil, false
			}
			hi, lo := hex(s[i+1]), hex(s[i+2])
			if hi < 0 || lo < 0 {
				return nil, false
			}
			c, i = byte(hi<<4|lo), i+2
		}
		if c == '/' || c == 0 {
			return nil, false
		}
		out = append(out, c)
	}
	return out, true
}

// hex is the value of a hexadecimal digit, or -1.
func hex(c byte) int { return bytes.IndexByte([]byte("0123456789abcdef"), c|0x20) }

// Prefix returns what to put into the map for a path and all below it; of one
// longer than 63 bytes the beginning counts.
func Prefix(path string) rex.Prefix[Path] {
	p, _ := clean([]byte(path))
	n := bytes.IndexByte(p[:], 0)
	if n < 0 {
		n = len(p)
	}
	return rex.Prefix[Path]{Bits: uint32(8 * n), Addr: p}
}
