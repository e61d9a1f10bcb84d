// SPDX-License-Identifier: Apache-2.0

// Package native runs compiled programs in a process and says how they ended,
// beside what the Go compiler makes of the same source. The machine code is
// that of the object, linked with a small C stand-in for rex.ko.
package native

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/report"
	"github.com/rex-go/rex/internal/usercache"
)

//go:embed process/runtime.c
var runtimeC []byte

//go:embed process/thunks.S
var thunksS []byte

// End is how a run of a program ended.
type End struct {
	// Output is what was printed, on any stream, before a panic's report.
	Output string
	// Panic is the first line of the report, "" when there was none.
	Panic string
	// Frames are the panic's frames with their file (base name) and line,
	// innermost first, of functions with source.
	Frames []string
	// Exit is the exit status, 2 for a panic.
	Exit int
	// Trouble is set when the run ended as no program may: a fault of the
	// machine, or the time limit.
	Trouble string
}

// Limits for the process. The zero value of a field means the default.
type Limits struct {
	Time  time.Duration // default 60 s
	Arena int           // KiB, default 4 GiB
	Stack int           // KiB, default compile.ProcessStack
	// Budget is when polls end the program, in milliseconds of processor
	// time; 0: never.
	Budget int
}

func (l Limits) time() time.Duration {
	if l.Time == 0 {
		return time.Minute
	}
	return l.Time
}

// Program is a linked program.
type Program struct {
	exe    string
	object *image.Object
	base   uint64 // offset of rex_test_main in .text
}

const entrySource = `package main

import rextestxdp "github.com/rex-go/rex/xdp"

//rex:xdp
func RexMain(ctx *rextestxdp.Context) rextestxdp.Action {
	main()
	return 0
}
`

// Compile compiles package main, made of the given files (base name to
// contents), whose function main becomes the program. The result can be linked
// with Link.
func Compile(ctx context.Context, files map[string][]byte) (*compile.Result, error) {
	return compile.Build(ctx, Config(files))
}

// Config is what Compile gives to the compiler.
func Config(files map[string][]byte) compile.Config {
	root := Root()
	dir := filepath.Join(root, "test/native/testdata/prog")
	// A file entry.go replaces the usual entry.
	overlay := map[string][]byte{filepath.Join(dir, "entry.go"): []byte(entrySource)}
	for name, src := range files {
		overlay[filepath.Join(dir, name)] = src
	}
	return compile.Config{Dir: root, Pattern: "./test/native/testdata/prog", Overlay: overlay, Process: true}
}

// Root is the directory of the Go module.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Link makes an executable in dir of a compiled program.
func Link(ctx context.Context, res *compile.Result, dir string) (*Program, error) {
	rt, err := runtimeObject(ctx)
	if err != nil {
		return nil, err
	}
	object := filepath.Join(dir, "p.o")
	p := &Program{exe: filepath.Join(dir, "p"), object: res.Image}
	if err := os.WriteFile(object, res.Object, 0o644); err != nil {
		return nil, err
	}
	meta := res.Image.Meta
	main := meta.Programs[0].Symbol
	p.base = res.Image.Symbol(main).Value
	args := []string{"-no-pie", "-o", p.exe, rt, object, "-Wl,--defsym=rex_test_main=" + main}
	if meta.Init != "" {
		args = append(args, "-Wl,--defsym=rex_test_init="+meta.Init)
	}
	if out, err := exec.CommandContext(ctx, "clang-19", args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("link program: %w\n%s", err, out)
	}
	return p, nil
}

// runtimeObject compiles the stand-in for rex.ko, once for each version of it.
func runtimeObject(ctx context.Context) (string, error) {
	sum := sha256.Sum256(append(append([]byte(nil), runtimeC...), thunksS...))
	dir, err := usercache.Dir("native")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, fmt.Sprintf("%x.o", sum[:8]))
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	tmp, err := os.MkdirTemp(dir, "build")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	c, s, o := filepath.Join(tmp, "runtime.c"), filepath.Join(tmp, "thunks.S"), filepath.Join(tmp, "runtime.o")
	if err := errors.Join(os.WriteFile(c, runtimeC, 0o644), os.WriteFile(s, thunksS, 0o644)); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "clang-19", "-O1", "-fno-omit-frame-pointer", "-fno-pie", "-no-pie", "-r", "-nostdlib", "-o", o, c, s).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("compile run-time: %w\n%s", err, out)
	}
	return name, os.Rename(o, name)
}

// Run runs the program for a case number.
func (p *Program) Run(ctx context.Context, number int, lim Limits) (End, error) {
	if lim.Arena == 0 {
		lim.Arena = 4 << 20
	}
	if lim.Stack == 0 {
		lim.Stack = compile.ProcessStack >> 10
	}
	ctx, cancel := context.WithTimeout(ctx, lim.time())
	defer cancel()
	cmd := exec.CommandContext(ctx, p.exe, strconv.Itoa(number), strconv.Itoa(lim.Budget), strconv.Itoa(lim.Arena), strconv.Itoa(lim.Stack))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	end, err := finish(cmd.Run(), ctx)
	if err != nil {
		return end, fmt.Errorf("run program: %w", err)
	}
	end.Output = stdout.String()
	switch {
	case end.Trouble != "":
	case end.Exit == 2 && strings.HasPrefix(stderr.String(), "!"):
		p.panicked(&end, stderr.String())
	case stderr.Len() > 0:
		end.Trouble = strings.TrimSpace(stderr.String())
	}
	return end, nil
}

// finish turns the error of exec into an End.
func finish(err error, ctx context.Context) (End, error) {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return End{Trouble: "time limit"}, nil
	case err == nil:
		return End{}, nil
	case errors.As(err, &exit) && exit.Exited():
		return End{Exit: exit.ExitCode()}, nil
	case errors.As(err, &exit):
		return End{Trouble: exit.String()}, nil
	}
	return End{}, err
}

// panicked reads the report of a panic.
func (p *Program) panicked(end *End, text string) {
	head, text, _ := strings.Cut(text[1:], "\n")
	fields := strings.Fields(head)
	var nums []uint64
	for i, f := range fields {
		n, err := strconv.ParseUint(f, 10, 64)
		if i > 2 {
			var s int64
			s, err = strconv.ParseInt(f, 10, 64)
			n = uint64(s)
		}
		if err != nil {
			end.Trouble = "bad report: " + head
			return
		}
		nums = append(nums, n)
	}
	if len(nums) < 3 {
		end.Trouble = "bad report: " + head
		return
	}
	end.Panic, _, _ = strings.Cut(report.PanicText(abi.PanicCode(nums[0]), nums[1], nums[2], text), "\n")
	size := p.object.Section(image.TextSection).Size
	for _, rel := range nums[3:] {
		off := rel + p.base
		if off == 0 || off > size {
			break
		}
		for _, f := range p.object.Frames(off, true) {
			if f.File != "" && filepath.Base(f.File) != "entry.go" {
				end.Frames = append(end.Frames, filepath.Base(f.File)+":"+strconv.Itoa(f.Line))
			}
		}
	}
}
