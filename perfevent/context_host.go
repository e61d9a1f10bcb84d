// SPDX-License-Identifier: Apache-2.0

//go:build !rex

package perfevent

import (
	"github.com/rex-go/rex"
	"github.com/rex-go/rex/internal/sim"
)

// Context is the sample. It is valid during the invocation it was passed to.
type Context struct {
	_ [0]func()
	_ byte
}

func (c *Context) state() *sim.Sample { return sim.State[*sim.Sample](c) }

// Registers returns a copy of the registers at the point that was sampled, which
// may be in user space.
func (c *Context) Registers() rex.Registers { return c.state().Registers.(rex.Registers) }

// IP returns the address of the instruction that was sampled.
func (c *Context) IP() uint64 { return c.Registers().RIP }

// Period returns how much the event counted since the sample before: the sample's
// weight.
func (c *Context) Period() uint64 { return c.state().Period }

// Address returns the data address of the sample, for events that have one; 0
// otherwise.
func (c *Context) Address() uint64 { return c.state().Address }

// Counter reads the event's counter. It fails for events that child tasks
// inherit, with an rex.Errno.
func (c *Context) Counter() (Counter, error) {
	s := c.state()
	return Counter{Value: s.Counter[0], Enabled: s.Counter[1], Running: s.Counter[2]}, s.CounterErr
}
