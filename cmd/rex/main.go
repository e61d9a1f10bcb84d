// SPDX-License-Identifier: Apache-2.0

// Command rex checks, builds, loads and watches kernel extensions written in
// Go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/rex-go/rex/internal/compile/vettool"
	"github.com/rex-go/rex/internal/vm/guest"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// command is one subcommand. run gets the arguments after the name and returns
// the exit code; ctx is done after SIGINT or SIGTERM.
type command struct {
	name    string
	args    string // synopsis, after the name
	summary string
	run     func(ctx context.Context, args []string) int
}

// commands is filled in init, because help refers to it.
var commands []command

func init() {
	commands = []command{
		{"new", "[flags] NAME", "make a Go module with an extension, its test and its host program", runNew},
		{"check", "[-json] PKG", "report what in a package is outside the language subset", runCheck},
		{"vet", "[go vet flags] PACKAGES", "run go vet with the checks of rex check; also go vet -vettool=rex", runVet},
		{"build", "[-o X.rexo] [-emit KIND] PKG", "compile a package to an object", runBuild},
		{"inspect", "[-S] [-json] X.rexo", "show an object's programs, maps, stack use, symbols and code", runInspect},
		{"run", "[flags] PKG|X.rexo", "build, load, attach, print events; detach and unload at the end", runRun},
		{"load", "[flags] PKG|X.rexo", "build, load and pin; the extension stays when rex ends", runLoad},
		{"attach", "[flags] PKG|X.rexo", "attach programs of an extension that rex load has loaded", runAttach},
		{"detach", "[-pin DIR] NAME", "detach what rex load and rex attach attached", runDetach},
		{"ls", "[-json]", "list the loaded extensions", runLs},
		{"stat", "[-json] NAME", "show an extension's state and counters", runStat},
		{"logs", "[-json] [-object X.rexo] [NAME]", "print events until interrupted", runLogs},
		{"stop", "NAME", "make an extension's programs return their default verdicts", runStop},
		{"resume", "NAME", "let a stopped extension run again", runResume},
		{"unload", "[flags] NAME", "detach, unpin and remove an extension", runUnload},
		{"doctor", "", "say what this machine lacks", runDoctor},
		{"explain", "[CODE]", "explain a diagnostic, or list them", runExplain},
		{"vm", "[flags] -- COMMAND [ARG]...", "run a command as root in a throw-away virtual machine with a stock kernel", runVM},
		{"kernel-types", "[flags] STRUCT[:MEMBER,...]...", "write Go types that read structs of the kernel, from its BTF", runKernelTypes},
		{"module", "build [flags]", "build rex.ko, the kernel module that extensions run on", runModule},
		{"version", "", "print versions", runVersion},
	}
}

func main() {
	if guest.IsInit() {
		guest.Main()
	}
	if vettool.IsCall(os.Args[1:]) {
		vettool.Main()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := dispatch(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func dispatch(ctx context.Context, args []string) int {
	if len(args) == 0 {
		usage(os.Stderr)
		return exitUsage
	}
	name := args[0]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(args) > 1 {
			return dispatch(ctx, []string{args[1], "-h"})
		}
		usage(os.Stdout)
		return exitOK
	}
	for _, c := range commands {
		if c.name == name {
			return c.run(ctx, args[1:])
		}
	}
	fmt.Fprintf(os.Stderr, "rex: unknown command %q (rex help lists them)\n", name)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Rex runs kernel extensions written in Go.\n\nUsage: rex COMMAND [FLAGS] [ARGUMENTS]\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-12s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nrex COMMAND -h shows a command's flags.\nExit status: 0 success, 1 failure, 2 wrong usage.\n")
}

// newFlags returns the flag set of a command; its usage text begins with the
// command's synopsis.
func newFlags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(os.Stderr)
	fs.Usage = func() {
		for _, c := range commands {
			if c.name == name {
				fmt.Fprintf(fs.Output(), "usage: rex %s %s\n\n%s.\n", name, c.args, upperFirst(c.summary))
			}
		}
		n := 0
		fs.VisitAll(func(*flag.Flag) { n++ })
		if n > 0 {
			fmt.Fprint(fs.Output(), "\nFlags:\n")
			fs.PrintDefaults()
		}
	}
	return fs
}

// parse parses a command's flags, which may stand before and after its
// arguments, and checks the number of arguments. When ok is false the command
// is to return code.
func parse(fs *flag.FlagSet, args []string, minArgs, maxArgs int) (rest []string, code int, ok bool) {
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, exitOK, false
			}
			return nil, exitUsage, false
		}
		if fs.NArg() == 0 {
			break
		}
		rest = append(rest, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(rest) < minArgs || len(rest) > maxArgs {
		fmt.Fprintf(os.Stderr, "rex %s: wrong number of arguments: %d\n", fs.Name(), len(rest))
		fs.Usage()
		return nil, exitUsage, false
	}
	return rest, exitOK, true
}

// fail prints an error and returns the exit code for it. With REX_DEBUG set,
// errors that carry a log show all of it.
func fail(name string, err error) int {
	format := "rex %s: %v\n"
	if os.Getenv("REX_DEBUG") != "" {
		format = "rex %s: %+v\n"
	}
	fmt.Fprintf(os.Stderr, format, name, err)
	return exitFailure
}

func upperFirst(s string) string {
	return strings.ToUpper(s[:1]) + s[1:]
}
