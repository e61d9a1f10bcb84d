package a

import "sync/atomic"

type pipe chan int // want REX0102 `channel types`

type box struct {
	c <-chan int // want REX0102 `channel types`
}

func work() {}

func start() {
	go work()   // want REX0101 `go statement`
	go func() { // want REX0101 `go statement`
		work()
	}()
}

func use(p pipe, b box) {
	p <- 1             // want REX0102 `send`
	_ = <-p            // want REX0102 `receive`
	v, ok := <-b.c     // want REX0102 `receive`
	for x := range p { // want REX0102 `range`
		_ = x
	}
	close(p)           // want REX0102 `close`
	_ = make(chan int) // want REX0102 `channel types`
	_ = make(pipe, v)  // want REX0102 `make`
	_ = ok
	select { // want REX0103 `select`
	case x := <-p: // want REX0102 `receive`
		_ = x
	default:
	}
}

func generic[T any](T) {}

func infer(p pipe) { generic[chan int](nil) } // want REX0102 `channel types`

// Allowed: everything that only looks similar.

var n int64

func closeIt() { close := func(int) {}; close(1) }

func fine() {
	for i := range 3 {
		atomic.AddInt64(&n, int64(-i))
	}
	defer work()
	closeIt()
}
