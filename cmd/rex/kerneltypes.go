// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/internal/kernelgen"
)

func runKernelTypes(_ context.Context, args []string) int {
	fs := newFlags("kernel-types")
	out := fs.String("o", "-", "write to `FILE`, - is standard output")
	pkg := fs.String("pkg", "", "`NAME` of the Go package (default $GOPACKAGE, which go generate sets, or main)")
	file := fs.String("btf", kernel.BTFPath, "`FILE` with the kernel's BTF: raw, or a vmlinux")
	rest, code, ok := parse(fs, args, 1, math.MaxInt)
	if !ok {
		return code
	}
	if *pkg == "" {
		*pkg = os.Getenv("GOPACKAGE")
	}
	if *pkg == "" {
		*pkg = "main"
	}
	spec, err := btf.LoadSpec(*file)
	if err != nil {
		return fail("kernel-types", fmt.Errorf("read BTF from %s: %w", *file, err))
	}
	var structs []kernelgen.Struct
	for _, s := range rest {
		structs = append(structs, kernelgen.ParseStruct(s))
	}
	src, err := kernelgen.Generate(spec, *pkg, "rex kernel-types "+strings.Join(rest, " "), structs)
	if err != nil {
		return fail("kernel-types", err)
	}
	if *out == "-" {
		_, err = os.Stdout.Write(src)
	} else {
		err = writeFile(*out, src)
	}
	if err != nil {
		return fail("kernel-types", err)
	}
	return exitOK
}
