// SPDX-License-Identifier: Apache-2.0

// Command spinlocktest shows the accounts of the extension spinlocktest and
// whether they have ever been wrong.
//
//	spinlocktest spinlocktest.rexo
package main

import (
	"fmt"
	"io"
	"time"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/spinlocktest"
	"github.com/rex-go/rex/loader"
)

// account and audit are the map values as user space reads them: the lock and
// what follows it for alignment take eight bytes.
type (
	account struct {
		_ [8]byte
		spinlocktest.Book
	}
	audit struct {
		_                   [8]byte
		Done, Wrong, LastBy uint64
	}
)

func main() {
	live.App{
		Name: "spinlocktest",
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			m, err := ext.Map("accounts")
			if err != nil {
				return err
			}
			var books [spinlocktest.Groups]spinlocktest.Book
			for i := range books {
				var a account
				// The kernel takes the account's lock while it copies.
				if err := m.LookupWithFlags(uint32(i), &a, ebpf.LookupLock); err != nil {
					return fmt.Errorf("read account %d: %w", i, err)
				}
				books[i] = a.Book
			}
			found, err := live.Get[audit](ext, "audits", uint32(0))
			if err != nil {
				return err
			}
			show(w, books[:], found)
			return nil
		},
	}.Main()
}

func show(w io.Writer, books []spinlocktest.Book, found audit) {
	for i, b := range books {
		fmt.Fprintf(w, "group %d: %+d, %d entries\n", i, b.Balance, b.Moves)
	}
	fmt.Fprintf(w, "%d audits, %d wrong\n", found.Done, found.Wrong)
}
