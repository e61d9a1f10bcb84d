// SPDX-License-Identifier: Apache-2.0

// Command maptest uses every map of the extension maptest from user space, has
// its programs use it, and looks at what has become of it. It needs no traffic:
// the XDP program is run with BPF_PROG_TEST_RUN, and the kprobe program when this
// command makes a system call.
//
//	maptest maptest.rexo
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rex-go/rex/examples/maptest"
	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/xdp"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: maptest OBJECT.rexo")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "maptest:", err)
		os.Exit(1)
	}
}

func run(object string, w io.Writer) (err error) {
	obj, err := loader.Open(object)
	if err != nil {
		return err
	}
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ext.Close()) }()
	kinds := make(map[string]string)
	for _, m := range obj.Maps() {
		kinds[m.Name] = m.Kind
	}
	return report(w, kinds, func(i int) error { return try(ext, maptest.Tests[i].Map, byte(i)) })
}

// report tries every map and prints what became of it.
func report(w io.Writer, kinds map[string]string, try func(i int) error) error {
	failed := 0
	for i, test := range maptest.Tests {
		result := "ok"
		if err := try(i); err != nil {
			result = err.Error()
			failed++
		}
		fmt.Fprintf(w, "%-15s  %s\n", kinds[test.Map], result)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d kinds of maps failed", failed, len(maptest.Tests))
	}
	return nil
}

// try has one map used by user space, by the program, and again by user space.
func try(ext *loader.Extension, name string, number byte) error {
	m, err := ext.Map(name)
	if err != nil {
		return err
	}
	u := users[name]
	if u.before != nil {
		if err := u.before(ext, m); err != nil {
			return fmt.Errorf("before: %w", err)
		}
	}
	res, err := ext.TestRun("Run", append([]byte{number}, make([]byte, 63)...))
	if err != nil {
		return err
	}
	if verdict := xdp.Action(res.Verdict); verdict != xdp.Pass {
		said, err := ext.Pending()
		return errors.Join(fmt.Errorf("the program found it wrong: %v %v", verdict, said), err)
	}
	if u.after != nil {
		if err := u.after(ext, m); err != nil {
			return fmt.Errorf("after: %w", err)
		}
	}
	return nil
}
