// SPDX-License-Identifier: Apache-2.0

package diag

var logEntries = []Entry{
	{
		Code:  LogArguments,
		Title: "arguments of a log call that do not fit",
		Why:   "rex.Log takes constant keys and values in turn, rex.Printf a constant format with the verbs %v %d %s %q %x %X %o %b %c %t and %%. Values are booleans, integers, strings, bytes, and what has an Error or String method.",
		Bad:   "type point struct{ x, y int }\n\nfunc show(p point) { rex.Log(rex.LevelInfo, \"at\", \"point\", p) }\n",
		Way:   "Log the parts, or give the type a String method.",
		Good:  "type point struct{ x, y int }\n\nfunc show(p point) { rex.Log(rex.LevelInfo, \"at\", \"x\", p.x, \"y\", p.y) }\n",
	},
}
