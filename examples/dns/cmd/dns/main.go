// SPDX-License-Identifier: Apache-2.0

// Command dns answers DNS queries on an interface from a zone file and shows
// how many.
//
//	dns -iface eth0 -zone zone.txt dns.rexo
//
// Each line of the file is a name, an IPv4 address or the name it stands for,
// and, if wanted, a time to live in seconds:
//
//	web.example.test  192.0.2.80        300
//	www.example.test  web.example.test
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rex-go/rex/examples/dns"
	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/loader"
)

// defaultTTL is for lines without one, in seconds.
const defaultTTL = 60

// parse reads a zone file.
func parse(r io.Reader) (map[dns.Name]dns.Record, error) {
	zone := make(map[dns.Name]dns.Record)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) < 2 || len(fields) > 3 {
			return nil, fmt.Errorf("line %d: want NAME ADDRESS-OR-NAME [TTL]", n)
		}
		name, err := dns.ParseName(fields[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", n, fields[0], err)
		}
		rec := dns.Record{TTL: defaultTTL}
		if addr, err := netip.ParseAddr(fields[1]); err == nil && addr.Is4() {
			rec.Addr = addr.As4()
		} else if rec.Alias, err = dns.ParseName(fields[1]); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", n, fields[1], err)
		}
		if len(fields) == 3 {
			ttl, err := strconv.ParseUint(fields[2], 10, 31)
			if err != nil {
				return nil, fmt.Errorf("line %d: time to live: %w", n, err)
			}
			rec.TTL = uint32(ttl)
		}
		zone[name] = rec
	}
	return zone, lines.Err()
}

func main() {
	var file string
	last := make([]uint64, dns.NumStats)
	live.App{
		Name: "dns", Program: "Answer",
		Flags: func(fs *flag.FlagSet) { fs.StringVar(&file, "zone", "", "zone `file`") },
		Setup: func(ext *loader.Extension) error {
			f, err := os.Open(file)
			if err != nil {
				return fmt.Errorf("open zone: %w", err)
			}
			defer f.Close()
			records, err := parse(f)
			if err != nil {
				return fmt.Errorf("read zone %s: %w", file, err)
			}
			zone, err := ext.Map("zone")
			if err != nil {
				return err
			}
			for name, rec := range records {
				if err := zone.Put(name, rec); err != nil {
					return fmt.Errorf("fill zone: %w", err)
				}
			}
			return nil
		},
		Show: func(w io.Writer, ext *loader.Extension, since time.Duration) error {
			now, err := live.Sums(ext, "stats", dns.NumStats)
			if err != nil {
				return err
			}
			show(w, last, now, since)
			last = now
			return nil
		},
	}.Main()
}

// show prints the counts and their rates.
func show(w io.Writer, last, now []uint64, since time.Duration) {
	for i, name := range []string{"answered", "unknown", "other"} {
		rate := float64(now[i]-last[i]) / since.Seconds()
		fmt.Fprintf(w, "%s %d (%.0f/s)  ", name, now[i], rate)
	}
	fmt.Fprintln(w)
}
