// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/rex-go/rex/examples/xdpcount"
)

// lookuper is what is needed of a BPF map.
type lookuper interface {
	Lookup(key, valueOut any) error
}

// table has the sum over all CPUs of each row.
type table [xdpcount.NumProtos]xdpcount.Counter

// read sums up the per-CPU values.
func read(m lookuper) (t table, err error) {
	for p := range xdpcount.NumProtos {
		var perCPU []xdpcount.Counter
		if err := m.Lookup(uint32(p), &perCPU); err != nil {
			return t, fmt.Errorf("read count of %v: %w", p, err)
		}
		for _, c := range perCPU {
			t[p].Packets += c.Packets
			t[p].Bytes += c.Bytes
		}
	}
	return t, nil
}

// show reads the map and prints its rows.
func show(w io.Writer, m lookuper, asJSON bool) error {
	t, err := read(m)
	if err != nil {
		return err
	}
	if asJSON {
		return t.printJSON(w)
	}
	return t.print(w)
}

// print writes the rows that counted something.
func (t table) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "protocol\tpackets\tbytes\t")
	for p, c := range t {
		if c.Packets != 0 {
			fmt.Fprintf(tw, "%v\t%d\t%d\t\n", xdpcount.Proto(p), c.Packets, c.Bytes)
		}
	}
	return tw.Flush()
}

// printJSON writes all rows as one object on one line, keyed by protocol.
func (t table) printJSON(w io.Writer) error {
	type row struct {
		Packets uint64 `json:"packets"`
		Bytes   uint64 `json:"bytes"`
	}
	rows := make(map[string]row)
	for p, c := range t {
		rows[xdpcount.Proto(p).String()] = row(c)
	}
	return json.NewEncoder(w).Encode(rows)
}
