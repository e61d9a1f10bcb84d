// SPDX-License-Identifier: Apache-2.0

package diag

import "slices"

// Entry documents a code. `rex explain` prints it and docs/subset.md is made
// of all of them.
type Entry struct {
	Code Code
	// Title names the problem in a few words.
	Title string
	// Why is the reason for the rule: one or more sentences.
	Why string
	// Bad is Go source that gives this diagnostic: a whole file when it
	// begins with "package", otherwise declarations of an extension. Empty
	// for problems that source alone does not show.
	Bad string
	// Shell is an example as a command and what it prints, for problems that
	// Bad cannot show.
	Shell string
	// Way says what to do instead.
	Way string
	// Good is Bad done right; may be empty.
	Good string
}

// Group is a part of the registry that belongs together.
type Group struct {
	Title   string
	Entries []Entry
}

// Groups returns the whole registry in the order of the codes.
func Groups() []Group {
	return []Group{
		{"Loading the package", sourceEntries},
		{"The language subset", subsetEntries},
		{"Programs", programEntries},
		{"Maps", mapEntries},
		{"References", referenceEntries},
		{"The whole program", wholeEntries},
		{"Logging", logEntries},
	}
}

// Explain returns the documentation of a code.
func Explain(code Code) (Entry, bool) {
	for _, g := range Groups() {
		if i := slices.IndexFunc(g.Entries, func(e Entry) bool { return e.Code == code }); i >= 0 {
			return g.Entries[i], true
		}
	}
	return Entry{}, false
}
