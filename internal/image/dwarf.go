// SPDX-License-Identifier: Apache-2.0

package image

import (
	"debug/dwarf"
	"errors"
	"io"
	"sort"
)

// maxScopeDepth bounds the nesting of inlined calls that is followed.
const maxScopeDepth = 200

// maxLines bounds the rows of the line table, which is a compressed form and
// could otherwise make a small hostile file large in memory.
const maxLines = 4 << 20

type dwarfLoader struct {
	d     *dwarf.Data
	t     *frameTable
	files []*dwarf.LineFile
}

func (l *dwarfLoader) load() error {
	r := l.d.Reader()
	for {
		cu, err := r.Next()
		if err != nil {
			return err
		}
		if cu == nil {
			break
		}
		if cu.Tag != dwarf.TagCompileUnit {
			r.SkipChildren()
			continue
		}
		if err := l.lines(cu); err != nil {
			return err
		}
		if cu.Children {
			if err := l.children(r, nil, 0); err != nil {
				return err
			}
		}
	}
	sort.SliceStable(l.t.lines, func(i, j int) bool {
		a, b := &l.t.lines[i], &l.t.lines[j]
		if a.Off != b.Off {
			return a.Off < b.Off
		}
		return a.End && !b.End // the end of one sequence before the start of the next
	})
	return nil
}

func (l *dwarfLoader) lines(cu *dwarf.Entry) error {
	lr, err := l.d.LineReader(cu)
	if err != nil || lr == nil {
		return err
	}
	var e dwarf.LineEntry
	for {
		err := lr.Next(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(l.t.lines) >= maxLines {
			return errors.New("line table is too large")
		}
		row := Line{Off: e.Address, Line: e.Line, End: e.EndSequence}
		if e.File != nil {
			row.File = e.File.Name
		}
		l.t.lines = append(l.t.lines, row)
	}
	l.files = lr.Files()
	return nil
}

// children reads the entries below the current one; functions go to the
// table, inlined calls to parent.
func (l *dwarfLoader) children(r *dwarf.Reader, parent *scope, depth int) error {
	if depth > maxScopeDepth {
		return errors.New("entries are nested too deeply")
	}
	for {
		e, err := r.Next()
		if err != nil {
			return err
		}
		if e == nil || e.Tag == 0 {
			return nil
		}
		s := parent
		switch e.Tag {
		case dwarf.TagSubprogram, dwarf.TagInlinedSubroutine:
			s, err = l.scope(e)
			if err != nil {
				return err
			}
			switch {
			case len(s.ranges) == 0:
				// The abstract instance of an inlined function, or a
				// declaration: no code.
			case e.Tag == dwarf.TagSubprogram:
				l.t.funcs = append(l.t.funcs, s)
			case parent != nil:
				parent.inner = append(parent.inner, s)
			}
		case dwarf.TagLexDwarfBlock:
		default:
			if e.Children {
				r.SkipChildren()
			}
			continue
		}
		if e.Children {
			if err := l.children(r, s, depth+1); err != nil {
				return err
			}
		}
	}
}

func (l *dwarfLoader) scope(e *dwarf.Entry) (*scope, error) {
	ranges, err := l.d.Ranges(e)
	if err != nil {
		return nil, err
	}
	s := &scope{name: l.name(e, 0), ranges: ranges}
	if n, ok := e.Val(dwarf.AttrCallLine).(int64); ok {
		s.callLine = int(n)
	}
	if n, ok := e.Val(dwarf.AttrCallFile).(int64); ok && n >= 0 && n < int64(len(l.files)) && l.files[n] != nil {
		s.callFile = l.files[n].Name
	}
	return s, nil
}

// name follows abstract origins and specifications to the function's name.
func (l *dwarfLoader) name(e *dwarf.Entry, depth int) string {
	if s, ok := e.Val(dwarf.AttrName).(string); ok && s != "" {
		return s
	}
	if s, ok := e.Val(dwarf.AttrLinkageName).(string); ok && s != "" {
		return s
	}
	if depth > 4 {
		return "?"
	}
	for _, a := range []dwarf.Attr{dwarf.AttrAbstractOrigin, dwarf.AttrSpecification} {
		if off, ok := e.Val(a).(dwarf.Offset); ok {
			r := l.d.Reader()
			r.Seek(off)
			if o, err := r.Next(); err == nil && o != nil {
				return l.name(o, depth+1)
			}
		}
	}
	return "?"
}
