// SPDX-License-Identifier: Apache-2.0

// Command vmtest runs every test that needs the guest's kernel in one VM.
//
// On the host it compiles the test packages that import internal/testutil
// or test/kit, and into objects the extensions that they load: those in
// examples/ and in the packages' testdata directories. Then it starts itself in
// the guest, where it runs their TestVM functions (with -bench, their
// BenchmarkVM functions) one package after the other and prints what
// go test would.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	modulePath = "github.com/rex-go/rex"
	testutil   = modulePath + "/internal/testutil"
	kit        = modulePath + "/test/kit"
)

// options are the command's flags.
type options struct {
	rex, kernel string
	smp, mem    int
	limit       time.Duration
	bench       bool
	debug       bool
	guest       bool
	run         string
	verbose     bool
}

// testPackage is one package with its compiled test.
type testPackage struct {
	path, dir, bin string
}

func main() {
	var o options
	flag.StringVar(&o.rex, "rex", "bin/rex", "rex `binary`")
	flag.StringVar(&o.kernel, "kernel", "stock", "`kernel` to boot, as for rex vm")
	flag.IntVar(&o.smp, "smp", 2, "`number` of processors")
	flag.IntVar(&o.mem, "mem", 2048, "memory in `MiB`")
	flag.DurationVar(&o.limit, "t", 15*time.Minute, "end the VM after this `duration`")
	flag.BoolVar(&o.bench, "bench", false, "run benchmarks, counting instructions on one processor")
	flag.BoolVar(&o.debug, "debug", false, "with a rex.ko that tests itself and checks the CPU's state around every invocation")
	flag.BoolVar(&o.guest, "guest", false, "used inside the VM")
	flag.StringVar(&o.run, "run", "", "run only what matches this `regexp` (default: all TestVM or BenchmarkVM functions)")
	flag.BoolVar(&o.verbose, "v", false, "print every test")
	flag.Parse()
	if o.run == "" {
		o.run = "^TestVM"
		if o.bench {
			o.run = "^BenchmarkVM"
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.guest {
		os.Exit(runGuest(o, flag.Args()))
	}
	code, err := runHost(ctx, o, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "vmtest:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// runHost compiles the tests and boots a VM that runs them.
func runHost(ctx context.Context, o options, patterns []string) (int, error) {
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	packages, err := list(ctx, patterns)
	if err != nil {
		return 0, err
	}
	if len(packages) == 0 {
		fmt.Println("vmtest: no package imports", testutil)
		return 0, nil
	}
	dir, err := os.MkdirTemp("", "rex-vmtest-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := compile(ctx, packages, dir); err != nil {
		return 0, err
	}
	if packages, err = withTests(ctx, packages, o.run); err != nil {
		return 0, err
	}
	if len(packages) == 0 {
		fmt.Printf("vmtest: nothing matches %s\n", o.run)
		return 0, nil
	}
	if err := buildObjects(ctx, o.rex, packages, dir); err != nil {
		return 0, err
	}
	if err := buildTwins(ctx, packages, dir); err != nil {
		return 0, err
	}
	if err := buildHosts(ctx, packages, dir); err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	args := []string{"vm", "-kernel", o.kernel, "-t", o.limit.String(), "-nics", "2", "-mem", fmt.Sprint(o.mem)}
	if o.bench {
		args = append(args, "-icount")
	} else {
		args = append(args, "-smp", fmt.Sprint(o.smp))
	}
	if o.debug {
		args = append(args, "-debug")
	}
	args = append(args, "--", self, "-guest", "-t", o.limit.String(), "-run", o.run, fmt.Sprintf("-bench=%v", o.bench), fmt.Sprintf("-v=%v", o.verbose))
	for _, p := range packages {
		args = append(args, p.path+"="+p.dir+"="+p.bin)
	}
	cmd := exec.CommandContext(ctx, o.rex, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	bin, err := filepath.Abs(o.rex)
	if err != nil {
		return 0, err
	}
	cmd.Env = append(os.Environ(), objectsEnv+"="+dir, "REX_BIN="+bin)
	if o.debug {
		cmd.Env = append(cmd.Env, "REX_DEBUG=1")
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// list returns the packages among patterns whose tests import testutil, or kit,
// which is for tests in the guest.
func list(ctx context.Context, patterns []string) ([]*testPackage, error) {
	format := `{{.ImportPath}}|{{.Dir}}|{{join .TestImports " "}} {{join .XTestImports " "}}`
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-f", format}, patterns...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	var packages []*testPackage
	for line := range strings.Lines(string(out)) {
		path, rest, _ := strings.Cut(strings.TrimSpace(line), "|")
		dir, imports, _ := strings.Cut(rest, "|")
		for _, i := range strings.Fields(imports) {
			if i == testutil || i == kit {
				packages = append(packages, &testPackage{path: path, dir: dir})
				break
			}
		}
	}
	return packages, nil
}

// compile makes one test binary a package, two at a time: the go command
// itself uses all processors where it can.
func compile(ctx context.Context, packages []*testPackage, dir string) error {
	slots := make(chan struct{}, 2)
	errs := make([]error, len(packages))
	var wg sync.WaitGroup
	for i, p := range packages {
		p.bin = filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(p.path, modulePath), "/", "_")+".test")
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", p.bin, p.path)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
			if out, err := cmd.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("compile tests of %s: %w\n%s", p.path, err, out)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// withTests returns the packages that have a test or benchmark matching run.
func withTests(ctx context.Context, packages []*testPackage, run string) ([]*testPackage, error) {
	var some []*testPackage
	for _, p := range packages {
		cmd := exec.CommandContext(ctx, p.bin, "-test.list", run)
		cmd.Dir = p.dir
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("list tests of %s: %w", p.path, err)
		}
		if len(out) > 0 {
			some = append(some, p)
		}
	}
	return some, nil
}

// objectsEnv names the directory of the compiled extensions, each NAME.rexo
// after the directory of its source.
const objectsEnv = "REX_OBJECTS"

// buildObjects compiles the extensions that the tests load.
func buildObjects(ctx context.Context, rex string, packages []*testPackage, dir string) error {
	sources, err := filepath.Glob("examples/*/*.go")
	if err != nil {
		return err
	}
	more, err := ofTests(packages)
	if err != nil {
		return err
	}
	sources = append(sources, more...)
	done := make(map[string]string)
	for _, file := range sources {
		src := filepath.Dir(file)
		name := filepath.Base(src)
		switch other := done[name]; other {
		case src:
			continue
		case "":
			done[name] = src
		default:
			return fmt.Errorf("build extensions: %s and %s have the same name", src, other)
		}
		if !filepath.IsAbs(src) {
			src = "./" + src
		}
		cmd := exec.CommandContext(ctx, rex, "build", "-o", filepath.Join(dir, name+".rexo"), src)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build extension %s: %w\n%s", src, err, out)
		}
	}
	return nil
}

// runGuest runs the compiled tests and returns the exit status.
func runGuest(o options, tests []string) int {
	code := 0
	for _, t := range tests {
		parts := strings.SplitN(t, "=", 3)
		if len(parts) != 3 {
			fmt.Fprintf(os.Stderr, "vmtest: malformed test %q\n", t)
			return 2
		}
		args := []string{"-test.timeout=" + o.limit.String(), "-test.run=" + o.run}
		if o.bench {
			args = []string{"-test.timeout=" + o.limit.String(), "-test.run=^$", "-test.bench=" + o.run, "-test.benchtime=1x"}
		}
		if o.verbose {
			args = append(args, "-test.v")
		}
		cmd := exec.Command(parts[2], args...)
		cmd.Dir = parts[1]
		start := time.Now()
		out, err := cmd.CombinedOutput()
		seconds := time.Since(start).Seconds()
		text := strings.TrimSuffix(string(out), "PASS\n")
		switch {
		case err != nil:
			code = 1
			fmt.Printf("%sFAIL\t%s\t%.3fs (vm)\n", string(out), parts[0], seconds)
		case o.bench:
			fmt.Printf("%s", text)
		default:
			if o.verbose {
				fmt.Print(text)
			}
			fmt.Printf("ok  \t%s\t%.3fs (vm)\n", parts[0], seconds)
		}
	}
	if code != 0 {
		fmt.Println("FAIL")
	}
	return code
}
