// SPDX-License-Identifier: Apache-2.0

package image

import (
	"debug/dwarf"
	"fmt"
	"sort"
	"strings"
	"sync"
)

// Frame is one Go function at one code address.
type Frame struct {
	// Func is the function's name as DWARF has it, or the symbol's.
	Func string
	// File and Line are empty and 0 when there is no debug information.
	File string
	Line int
	// Inlined: Func's body was inlined into that of the next frame.
	Inlined bool
}

// String formats the frame as file:line, or as the function when the line is
// not known.
func (f Frame) String() string {
	if f.File == "" {
		return f.Func
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// Line is one row of the line table: code from Off on comes from File:Line.
type Line struct {
	Off  uint64
	File string
	Line int
	// End: no code belongs to the row, it ends the sequence before it.
	End bool
}

// scope is a function or an inlined call with the code it covers.
type scope struct {
	name     string
	ranges   [][2]uint64
	callFile string
	callLine int
	inner    []*scope
}

type frameTable struct {
	once  sync.Once
	funcs []*scope
	lines []Line
	err   error
}

// Frames returns the Go functions at an offset into .text: the innermost
// inlined one first, the function that has a symbol last. For a return
// address the call before it is meant. Without debug information the result
// has one frame with the symbol's name; it is empty outside functions.
func (o *Object) Frames(off uint64, isReturnAddr bool) []Frame {
	if isReturnAddr && off > 0 {
		off--
	}
	o.frames.once.Do(o.loadFrames)
	chain := findScopes(o.frames.funcs, off)
	if len(chain) == 0 {
		// LLVM describes a function in line-tables-only debug information
		// only when something was inlined into it.
		f := o.FuncAt(off)
		if f == nil {
			return nil
		}
		file, line := o.lineAt(off, nil)
		return []Frame{{Func: f.Name, File: file, Line: line}}
	}
	file, line := o.lineAt(off, chain[len(chain)-1])
	var out []Frame
	for i := len(chain) - 1; i >= 0; i-- {
		out = append(out, Frame{Func: chain[i].name, File: file, Line: line, Inlined: i > 0})
		file, line = chain[i].callFile, chain[i].callLine
	}
	return out
}

// Lines returns the line table, sorted by offset.
func (o *Object) Lines() []Line {
	o.frames.once.Do(o.loadFrames)
	return o.frames.lines
}

// DebugErr returns why debug information could not be read, nil when it was
// or when there is none.
func (o *Object) DebugErr() error {
	o.frames.once.Do(o.loadFrames)
	return o.frames.err
}

// lineAt returns the source line of an offset in a scope, nil when the
// function has no scopes. An instruction that LLVM gave no line has that of
// the row before it, which may belong to an inlined call; the scope's own last
// row fits better.
func (o *Object) lineAt(off uint64, in *scope) (string, int) {
	l := o.frames.lines
	i := sort.Search(len(l), func(i int) bool { return l[i].Off > off })
	start := uint64(0)
	if f := o.FuncAt(off); f != nil {
		start = f.Value
	}
	var nearest *Line
	for i--; i >= 0 && !l[i].End && l[i].Off >= start; i-- {
		if l[i].Line == 0 {
			continue
		}
		if nearest == nil {
			nearest = &l[i]
		}
		if in == nil {
			break
		}
		if chain := findScopes(o.frames.funcs, l[i].Off); len(chain) > 0 && chain[len(chain)-1] == in {
			return l[i].File, l[i].Line
		}
	}
	if nearest == nil {
		return "", 0
	}
	return nearest.File, nearest.Line
}

func findScopes(list []*scope, off uint64) []*scope {
	for _, s := range list {
		for _, r := range s.ranges {
			if off >= r[0] && off < r[1] {
				return append([]*scope{s}, findScopes(s.inner, off)...)
			}
		}
	}
	return nil
}

func (o *Object) debugSection(name string) []byte {
	if s := o.Section(".debug_" + name); s != nil {
		return s.Data
	}
	return nil
}

func (o *Object) loadFrames() {
	t := &o.frames
	// debug/dwarf is not hardened against hostile input. A panic there must
	// not take the host program down: debug information is only for people.
	defer func() {
		if r := recover(); r != nil {
			t.funcs, t.lines, t.err = nil, nil, malformed("debug information: %v", r)
		}
	}()
	if o.Section(".debug_info") == nil {
		return
	}
	d, err := dwarf.New(o.debugSection("abbrev"), nil, nil, o.debugSection("info"), o.debugSection("line"), nil, o.debugSection("ranges"), o.debugSection("str"))
	if err != nil {
		t.err = malformed("debug information: %v", err)
		return
	}
	for _, s := range o.Sections {
		if strings.HasPrefix(s.Name, ".debug_") {
			if err := d.AddSection(s.Name, s.Data); err != nil {
				t.err = malformed("debug information: %v", err)
				return
			}
		}
	}
	l := &dwarfLoader{d: d, t: t}
	if err := l.load(); err != nil {
		t.funcs, t.lines, t.err = nil, nil, malformed("debug information: %v", err)
	}
}
