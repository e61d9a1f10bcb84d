// SPDX-License-Identifier: Apache-2.0

package bmc_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rex-go/rex/examples/bmc"
)

// front is what stands before memcached.
type front struct {
	name string
	load func(testing.TB) *engine // nil for nothing
}

var fronts = []front{{"nothing", nil}, {"eBPF", twin}, {"rex", ours}}

// askers are clients that ask for values of 100 bytes.
type askers struct {
	clients []*client
	keys    int
	value   string
}

func newAskers(l *lab, n int) *askers {
	a := &askers{keys: 20, value: strings.Repeat("v", 100)}
	for range n {
		a.clients = append(a.clients, l.dial(true))
	}
	for k := range a.keys {
		if err := a.clients[0].set(fmt.Sprint("key", k), a.value); err != nil {
			l.t.Fatal(err)
		}
	}
	return a
}

// ask makes each client ask n times and returns how long all of it took, and each
// answer.
func (a *askers) ask(t testing.TB, n int) (all time.Duration, each []time.Duration) {
	took := make([][]time.Duration, len(a.clients))
	var wg sync.WaitGroup
	start := time.Now()
	for w, c := range a.clients {
		wg.Go(func() {
			for i := range n {
				begin := time.Now()
				key := fmt.Sprint("key", (i+w*n)%a.keys)
				if got, err := c.get(key); err != nil || len(got) != 1 || got[0] != (item{key, a.value}) {
					t.Errorf("%s: %v, %v", key, got, err)
					return
				}
				took[w] = append(took[w], time.Since(begin))
			}
		})
	}
	wg.Wait()
	all = time.Since(start)
	if t.Failed() {
		t.FailNow()
	}
	return all, slices.Sorted(slices.Values(slices.Concat(took...)))
}

// result is a measurement.
type result struct{ rate, share, median, last float64 }

// measure puts something in front of memcached and lets each client ask n times.
func (a *askers) measure(t testing.TB, l *lab, f front, n int) (r result) {
	var before bmc.Stats
	if f.load != nil {
		lab := *l
		lab.t = t
		lab.attach(f.load(t))
		a.ask(t, n)
		a.ask(t, n) // concurrent misses lose their tickets to each other
		before = lab.counts()
		defer func() {
			s := lab.counts()
			if r.share = float64(s.Hits-before.Hits) / float64(s.Gets-before.Gets); r.share < 0.7 {
				t.Errorf("few hits: %+v", s)
			}
		}()
	} else {
		a.ask(t, n)
	}
	all, each := a.ask(t, n)
	r.rate = float64(len(each)) / all.Seconds()
	r.median = each[len(each)/2].Seconds()
	r.last = each[(len(each)-1)*99/100].Seconds()
	return r
}

// TestVMThroughput measures memcached alone, behind the twin in eBPF and behind
// the extension, with the same clients in the same VM: in turns, so that what else
// the host does meets all of them. Under emulation only the relations tell.
func TestVMThroughput(t *testing.T) {
	onOneCPU(t)
	l := newLab(t, 83)
	a := newAskers(l, 4)
	n, rounds := max(*requests/200, 50), min(max(*requests/20_000, 1), 5)
	results := map[string][]result{}
	for range rounds {
		for _, f := range fronts {
			t.Run(f.name, func(t *testing.T) {
				results[f.name] = append(results[f.name], a.measure(t, l, f, n))
			})
		}
	}
	if t.Failed() {
		return
	}
	fmt.Printf("# bmc: medians of %d rounds of %d GETs\n", rounds, n*len(a.clients))
	fmt.Println("# bmc: in front of memcached  GETs a second  times  slowest to fastest round  answered by the cache  median latency  99th percentile")
	median := func(name string, of func(result) float64) float64 {
		var all []float64
		for _, r := range results[name] {
			all = append(all, of(r))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	for _, f := range fronts {
		rate := func(r result) float64 { return r.rate }
		var times []float64 // beside the same round without a cache
		for i, r := range results[f.name] {
			times = append(times, r.rate/results["nothing"][i].rate)
		}
		slices.Sort(times)
		slowest := slices.MinFunc(results[f.name], func(a, b result) int { return cmp.Compare(a.rate, b.rate) })
		fastest := slices.MaxFunc(results[f.name], func(a, b result) int { return cmp.Compare(a.rate, b.rate) })
		fmt.Printf("# bmc: %-22s  %14.0f  %5.2f  %11.0f to %10.0f  %19.0f %%  %12.3fms  %13.3fms\n", f.name, median(f.name, rate), times[len(times)/2],
			slowest.rate, fastest.rate, 100*median(f.name, func(r result) float64 { return r.share }),
			1000*median(f.name, func(r result) float64 { return r.median }), 1000*median(f.name, func(r result) float64 { return r.last }))
	}
}

// BenchmarkVMThroughput counts the instructions of a GET, from the client's system
// call to its end: of the client, the network stack, what is in front of
// memcached, and memcached where that is asked. They meet on a veth pair, so that
// nothing in the VM waits for the host, and the clock counts instructions.
func BenchmarkVMThroughput(b *testing.B) {
	l := newVethLab(b, 89)
	a := newAskers(l, 1)
	fmt.Println("# bmc: in front of memcached  instructions per GET, in all  answered by the cache")
	for _, f := range fronts {
		b.Run(f.name, func(b *testing.B) {
			r := a.measure(b, l, f, 500)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(1e9/r.rate, "insns/GET")
			fmt.Printf("# bmc: %-22s  %28.0f  %19.0f %%\n", f.name, 1e9/r.rate, 100*r.share)
		})
	}
}
