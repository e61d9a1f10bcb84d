// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rex-go/rex/loader"
)

func TestShow(t *testing.T) {
	gone := errors.New("the extension is gone")
	for name, c := range map[string]struct {
		said  []string
		until int // the user interrupts before this one
		err   error
		want  string
	}{
		"two":         {[]string{"hello, ls", "hello, true"}, 9, nil, "hello, ls\nhello, true\n"},
		"nothing":     {nil, 9, nil, ""},
		"interrupted": {[]string{"hello, ls", "hello, true"}, 1, nil, "hello, ls\n"},
		"error":       {[]string{"hello, ls"}, 9, gone, "hello, ls\n"},
	} {
		ctx, stop := context.WithCancel(t.Context())
		var b strings.Builder
		err := show(ctx, &b, func(yield func(loader.Event, error) bool) {
			for i, s := range c.said {
				if i == c.until {
					stop()
				}
				if !yield(loader.Event{Message: s}, nil) {
					return
				}
			}
			if c.err != nil {
				yield(loader.Event{}, c.err)
			}
		})
		stop()
		if !errors.Is(err, c.err) || b.String() != c.want {
			t.Errorf("%s: %q, %v (expected %q, %v)", name, b.String(), err, c.want, c.err)
		}
	}
}
