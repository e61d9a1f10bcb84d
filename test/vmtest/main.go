// SPDX-License-Identifier: Apache-2.0

// Command vmtest runs every test that needs the guest's kernel in a VM.
//
// On the host it compiles the test packages that import internal/testutil
// or test/kit, and into objects the extensions that they load: those in
// examples/ and in the packages' testdata directories. Then it starts itself in
// the guest, where it runs their TestVM functions (with -bench, their
// BenchmarkVM functions) one package after the other and prints what
// go test would. With -each every package has a VM of its own.
//
// A package whose tests take longer than the limit fails. Its process prints
// where it was; a VM that does not even come to that is ended.
package main

import (
	"cmp"
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

	"github.com/rex-go/rex/internal/vm"
)

const (
	modulePath = "github.com/rex-go/rex"
	testutil   = modulePath + "/internal/testutil"
	kit        = modulePath + "/test/kit"
)

// options are the command's flags.
type options struct {
	rex, kernel string
	boot        string
	smp, mem    int
	limit       time.Duration
	bench       bool
	debug       bool
	each        bool
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
	flag.StringVar(&o.boot, "append", "", "`arguments` to add to the kernel command line")
	flag.IntVar(&o.smp, "smp", 2, "`number` of processors")
	flag.IntVar(&o.mem, "mem", 0, "memory in `MiB` (default 2048; 4096 with the sanitizer kernel)")
	flag.DurationVar(&o.limit, "t", 0, "end a package's tests after this `duration` (default 15m; 1h with the sanitizer kernel)")
	flag.BoolVar(&o.each, "each", false, "start a VM for each package: a kernel that fails in one cannot take the others with it")
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

// complete sets what was not given to what fits the kernel.
func (o *options) complete(k *vm.Kernel) {
	mem, limit := 2048, 15*time.Minute
	if k.Sanitizers() {
		mem, limit = 4096, time.Hour
	}
	o.mem, o.limit = cmp.Or(o.mem, mem), cmp.Or(o.limit, limit)
}

// runHost compiles the tests and boots VMs that run them.
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
	k, err := vm.FindKernel(ctx, o.kernel, os.Stderr)
	if err != nil {
		return 0, err
	}
	o.complete(k)
	if !o.each {
		return runVM(ctx, o, dir, packages)
	}
	code := 0
	for _, p := range packages {
		c, err := runVM(ctx, o, dir, []*testPackage{p})
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case errors.Is(err, errHangs):
			fmt.Fprintln(os.Stderr, "vmtest:", err)
			c = 1
		case err != nil:
			return 0, err
		}
		if c != 0 {
			fmt.Printf("FAIL\t%s\texit status %d of the vm\n", p.path, c)
		}
		code = max(code, c)
	}
	return code, nil
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
