// SPDX-License-Identifier: Apache-2.0

// Package values has scenarios of what needs no certain hook. Each writes a
// report; the test runs it on each of the scenario's packets.
package values

import (
	"github.com/rex-go/rex/test/parity/report"
	"github.com/rex-go/rex/test/parity/routing"
	"github.com/rex-go/rex/xdp"
)

// Scenario is one of them.
type Scenario struct {
	Name string
	Run  func(*xdp.Context)
}

// All are the scenarios.
var All = [...]Scenario{
	{"clocks", clocks},
	{"random numbers", random},
	{"processor", processor},
	{"current task", currentTask},
	{"task by pid", taskByPID},
	{"user memory", userMemory},
	{"user strings", userStrings},
	{"kernel memory", kernelMemory},
	{"read to nil", readToNil},
	{"read user memory to nil", readUserToNil},
	{"kernel structs", kernelStructs},
	{"kernel strings", kernelStrings},
	{"missing member", missingMember},
	{"element beyond", elementBeyond},
	{"element before", elementBefore},
	{"text of negative length", negativeText},
	{"views", views},
	{"view of nothing", viewOfNothing},
	{"index beyond a view", beyondView},
	{"log", logs},
	{"printf", printfs},
	{"print", prints},
	{"names", names},
	{"packet", parse},
	{"rewrite", rewrite},
	{"cursor", cursor},
	{"cut off", cutOff},
	{"byte order", byteOrder},
	{"domain names", domainNames},
	{"routes", routing.Routes[*xdp.Context]},
	{"routes of IPv6", routing.Routes6[*xdp.Context]},
	{"route with options", routing.Options[*xdp.Context]},
	{"route that nobody asks for", routing.Nil[*xdp.Context]},
	{"receive", receive},
}

// Run runs the one that the test asks for.
//
//rex:xdp onpanic=continue timeout=10s
func Run(ctx *xdp.Context) xdp.Action {
	in := report.In.Lookup(0)
	if in == nil || in.Case >= uint32(len(All)) {
		return xdp.Aborted
	}
	All[in.Case].Run(ctx)
	return xdp.Pass
}
