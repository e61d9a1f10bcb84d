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

	"github.com/rex-go/rex/examples/internal/live"
	"github.com/rex-go/rex/examples/spinlocktest"
	"github.com/rex-go/rex/loader"
)

func main() {
	live.App{
		Name: "spinlocktest",
		Show: func(w io.Writer, ext *loader.Extension, _ time.Duration) error {
			// The kernel takes the account's lock while it copies one.
			accounts, err := live.Entries[uint32, spinlocktest.Account](ext, "accounts")
			if err != nil {
				return err
			}
			audits, err := live.Entries[uint32, spinlocktest.Audit](ext, "audits")
			if err != nil {
				return err
			}
			var books [spinlocktest.Groups]spinlocktest.Book
			for _, a := range accounts {
				books[a.Key] = a.Value.Book
			}
			show(w, books[:], audits[0].Value)
			return nil
		},
	}.Main()
}

func show(w io.Writer, books []spinlocktest.Book, found *spinlocktest.Audit) {
	for i, b := range books {
		fmt.Fprintf(w, "group %d: %+d, %d entries\n", i, b.Balance, b.Moves)
	}
	fmt.Fprintf(w, "%d audits, %d wrong\n", found.Done, found.Wrong)
}
