// SPDX-License-Identifier: Apache-2.0

package bmc_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestVMThroughput measures memcached alone and with the extension, with the
// same clients in the same VM. Under emulation only the relation tells.
func TestVMThroughput(t *testing.T) {
	onOneCPU(t)
	l := newLab(t, 83)
	const workers, keys = 4, 20
	var clients [workers]*client
	for i := range clients {
		clients[i] = l.dial(true)
	}
	value := strings.Repeat("v", 100)
	for k := range keys {
		if err := clients[0].set(fmt.Sprint("key", k), value); err != nil {
			t.Fatal(err)
		}
	}
	n := max(*requests/20, 50) // of each worker
	measure := func(name string) float64 {
		took := make([][]time.Duration, workers)
		var wg sync.WaitGroup
		start := time.Now()
		for w, c := range clients {
			wg.Go(func() {
				for i := range n {
					begin := time.Now()
					key := fmt.Sprint("key", (i+w*n)%keys)
					if got, err := c.get(key); err != nil || len(got) != 1 || got[0] != (item{key, value}) {
						t.Errorf("%s: %v, %v", key, got, err)
						return
					}
					took[w] = append(took[w], time.Since(begin))
				}
			})
		}
		wg.Wait()
		rate := float64(workers*n) / time.Since(start).Seconds()
		all := slices.Sorted(slices.Values(slices.Concat(took...)))
		if len(all) > 0 {
			at := func(p int) time.Duration { return all[(len(all)-1)*p/100].Round(time.Microsecond) }
			fmt.Printf("# bmc: %s: %.0f GETs a second; latency %v median, %v 90th, %v 99th percentile, %v most\n", name, rate, at(50), at(90), at(99), at(100))
		}
		return rate
	}
	alone := measure("memcached alone")
	l.attach()
	measure("first requests")
	measure("first requests, again") // concurrent misses lose their tickets to each other
	before := l.stats()
	ours := measure("with the extension")
	s := l.stats()
	fmt.Printf("# bmc: %.2f times memcached's rate, %d of %d GETs answered by the extension\n", ours/alone, s.Hits-before.Hits, s.Gets-before.Gets)
	if hits := s.Hits - before.Hits; hits*10 < (s.Gets-before.Gets)*7 {
		t.Errorf("%d hits: %+v", hits, s)
	}
}
