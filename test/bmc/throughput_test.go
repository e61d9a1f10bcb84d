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

// TestVMThroughput measures memcached alone, behind the twin in eBPF and behind
// the extension, with the same clients in the same VM. Under emulation only the
// relations tell.
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
	gets := func(l *lab) (float64, []time.Duration) {
		took := make([][]time.Duration, workers)
		var wg sync.WaitGroup
		start := time.Now()
		for w, c := range clients {
			wg.Go(func() {
				for i := range n {
					begin := time.Now()
					key := fmt.Sprint("key", (i+w*n)%keys)
					if got, err := c.get(key); err != nil || len(got) != 1 || got[0] != (item{key, value}) {
						l.t.Errorf("%s: %v, %v", key, got, err)
						return
					}
					took[w] = append(took[w], time.Since(begin))
				}
			})
		}
		wg.Wait()
		rate := float64(workers*n) / time.Since(start).Seconds()
		return rate, slices.Sorted(slices.Values(slices.Concat(took...)))
	}
	fmt.Println("# bmc: in front of memcached  GETs a second  times  answered by the cache  median latency  99th percentile")
	var alone float64
	for _, c := range []struct {
		name string
		load func(testing.TB) *engine
	}{{"nothing", nil}, {"eBPF", twin}, {"rex", ours}} {
		t.Run(c.name, func(t *testing.T) {
			l := *l
			l.t = t
			if c.load != nil {
				l.attach(c.load(t))
				gets(&l)
				gets(&l) // concurrent misses lose their tickets to each other
			}
			var share float64
			var rate float64
			var took []time.Duration
			if c.load == nil {
				rate, took = gets(&l)
				alone = rate
			} else {
				before := l.counts()
				rate, took = gets(&l)
				s := l.counts()
				share = float64(s.Hits-before.Hits) / float64(s.Gets-before.Gets)
				if share < 0.7 {
					t.Errorf("few hits: %+v", s)
				}
			}
			if len(took) == 0 {
				t.FailNow()
			}
			at := func(p int) time.Duration { return took[(len(took)-1)*p/100].Round(time.Microsecond) }
			fmt.Printf("# bmc: %-22s  %14.0f  %5.2f  %19.0f %%  %14v  %15v\n", c.name, rate, rate/alone, 100*share, at(50), at(99))
		})
	}
}
