// SPDX-License-Identifier: Apache-2.0

package netlab_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/test/netlab"
)

func TestMain(m *testing.M) { kit.Main(m) }

// TestVMDo: what Do runs is in the namespace, and no thread of the process is
// afterwards, whichever thread it was: the process's first one too.
func TestVMDo(t *testing.T) {
	kit.Need(t)
	pair, err := netlab.NewPair("do", 61)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	})
	home := namespaces(t)
	if len(home) != 1 {
		t.Fatalf("threads are in the namespaces %v", home)
	}
	failed := errors.New("failed")
	for range 100 {
		// Several at a time, so that every thread gets its turn.
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				err := pair.Do(func() error {
					if _, err := net.InterfaceByName(pair.Remote); err != nil {
						t.Errorf("inside: %v", err)
					}
					if _, err := net.InterfaceByName(pair.Local); err == nil {
						t.Errorf("%s is inside", pair.Local)
					}
					return failed
				})
				if !errors.Is(err, failed) {
					t.Errorf("Do returned %v", err)
				}
			})
		}
		wg.Wait()
	}
	if now := namespaces(t); len(now) != 1 || now[0] != home[0] {
		t.Errorf("threads are in the namespaces %v, want %v", now, home)
	}
	gone := *pair
	gone.NS = "nonexistent"
	if err := gone.Do(func() error { return nil }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such namespace: %v", err)
	}
}

// namespaces returns the network namespaces that this process's threads are in.
func namespaces(t *testing.T) (all []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/self/task/*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, l := range links {
		ns, err := os.Readlink(l)
		if err == nil && !seen[ns] { // else the thread has ended
			seen[ns] = true
			all = append(all, ns)
		}
	}
	return all
}
