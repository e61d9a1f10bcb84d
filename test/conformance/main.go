// SPDX-License-Identifier: Apache-2.0

// Command conformance compiles the Go distribution's own tests and compares
// what they do, in a process, with what the Go toolchain makes of them. Each
// test either agrees (output, exit status, panic message and lines) or is
// refused with a diagnostic that has a position. Anything else makes it fail.
//
//	conformance [-j N] [-plain] [-v] [-again] [-doc FILE] [NAME…]
//
// NAME selects tests whose path contains it. -plain leaves out those that use
// what extensions exclude. A test that has passed with the same compiler is
// not run again, so an interrupted run can be taken up; -again runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

func main() {
	jobs := flag.Int("j", 2, "how many tests run at once")
	plainOnly := flag.Bool("plain", false, "only tests without excluded features")
	verbose := flag.Bool("v", false, "print every test as it ends")
	wantOnly := flag.Bool("want", false, "only find out what the Go toolchain does")
	docFile := flag.String("doc", "", "`file` for the results as a document")
	again := flag.Bool("again", false, "also run what this compiler has passed before")
	root := flag.String("root", "", "`directory` of the tests instead of the Go distribution's")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	files, err := suite(*root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	files = slices.DeleteFunc(files, func(f *file) bool {
		return *plainOnly && !f.Plain || flag.NArg() > 0 && !slices.ContainsFunc(flag.Args(), func(a string) bool { return strings.Contains(f.Name, a) })
	})
	each := resumed
	if *again {
		each = run
	}
	if *wantOnly {
		each = func(ctx context.Context, f *file) result {
			if _, err := expected(ctx, f); err != nil {
				return result{f, "skipped", err.Error()}
			}
			return result{f, "agree", ""}
		}
	}
	results := runAll(ctx, files, *jobs, each, func(r result) {
		if *verbose {
			fmt.Printf("%-9s %s %s\n", r.Outcome, r.Name, short(r.Detail))
		}
	})
	if ctx.Err() != nil {
		os.Exit(1)
	}
	ok := write(os.Stdout, results)
	if *docFile != "" {
		if err := os.WriteFile(*docFile, []byte(document(results)), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "conformance:", err)
			os.Exit(1)
		}
	}
	if !ok {
		os.Exit(1)
	}
}

// suite lists the tests below a directory, by default those of the installed
// Go distribution.
func suite(root string) ([]*file, error) {
	if root != "" {
		return find(root)
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find GOROOT: %w", err)
	}
	files, err := find(filepath.Join(strings.TrimSpace(string(out)), "test"))
	if err != nil {
		return nil, fmt.Errorf("find tests (does this Go distribution have its test directory?): %w", err)
	}
	return files, nil
}

// runAll runs tests, jobs at once, and returns results in the order of files.
func runAll(ctx context.Context, files []*file, jobs int, each func(context.Context, *file) result, done func(result)) []result {
	results := make([]result, len(files))
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := make(chan int)
	for range jobs {
		wg.Go(func() {
			for i := range next {
				results[i] = each(ctx, files[i])
				mu.Lock()
				done(results[i])
				mu.Unlock()
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}

func short(s string) string {
	s = strings.ReplaceAll(s, "\n", " | ")
	if len(s) > 300 {
		s = s[:300] + "…"
	}
	return s
}

// write prints the tables and the summary, and reports whether all is well.
func write(w io.Writer, results []result) bool {
	count := map[string]int{}
	plainCount := map[string]int{}
	reasons := map[string]int{}
	for _, r := range results {
		count[r.Outcome]++
		if r.Plain {
			plainCount[r.Outcome]++
		}
		if r.Outcome == "refused" {
			code, _, _ := strings.Cut(r.Detail, " ")
			reasons[code]++
		}
		if r.third() || r.Plain && r.Outcome != "agree" {
			fmt.Fprintf(w, "%-9s %s: %s\n", r.Outcome, r.Name, short(r.Detail))
		}
	}
	fmt.Fprintf(w, "\n%-10s %6s %6s\n", "", "all", "plain")
	third := 0
	for _, k := range outcomes {
		fmt.Fprintf(w, "%-10s %6d %6d\n", k, count[k], plainCount[k])
		if (result{Outcome: k}).third() {
			third += count[k]
		}
	}
	codes := make([]string, 0, len(reasons))
	for c := range reasons {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	for _, c := range codes {
		fmt.Fprintf(w, "refused by %s: %d\n", c, reasons[c])
	}
	fmt.Fprintf(w, "conformance: %d tests: %d agree, %d refused, %d skipped, %d third outcome; %d of %d plain tests agree\n",
		len(results), count["agree"], count["refused"], count["skipped"], third, plainCount["agree"], total(plainCount))
	return third == 0
}

func total(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}
