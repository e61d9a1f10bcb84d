// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"crypto/sha256"
	"fmt"
	"os"
	"time"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/report"
)

// Object is a compiled extension, as rex build writes it. It is immutable and
// may be loaded any number of times.
type Object struct {
	img *image.Object
	sum [sha256.Size]byte // of the file
}

// Program describes one entry point of an extension.
type Program struct {
	Name string
	// Type is "xdp", "tc", "kprobe", "tracepoint" or "perfevent".
	Type string
	// Attach is the directive's argument, such as a function to probe.
	Attach string
	// Budget is the time one invocation may take.
	Budget time.Duration
	// DefaultVerdict is returned when the program fails or is stopped.
	DefaultVerdict uint32
	// Pos is file:line of its declaration.
	Pos string
}

// Map describes one map of an extension.
type Map struct {
	Name string
	// Kind is the SDK's name of the map type: "Hash", "PerCPUArray", …
	Kind       string
	KeySize    uint32
	ValueSize  uint32
	MaxEntries uint32
	// KeyType and ValueType are Go types.
	KeyType   string
	ValueType string
	Pos       string
}

// Open reads an object from a file.
func Open(path string) (*Object, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	o, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// Parse reads an object. It refers to raw, which must not be changed.
func Parse(raw []byte) (*Object, error) {
	img, err := image.Read(raw)
	if err != nil {
		return nil, err
	}
	return &Object{img: img, sum: sha256.Sum256(raw)}, nil
}

// Name is the extension's name: that of the kernel module it becomes.
func (o *Object) Name() string { return o.img.Meta.Name }

// Programs lists the entry points.
func (o *Object) Programs() []Program {
	var all []Program
	for _, p := range o.img.Meta.Programs {
		all = append(all, Program{
			Name: p.Name, Type: report.ProgramTypes[p.Type], Attach: p.Attach,
			Budget: time.Duration(p.BudgetNanos), DefaultVerdict: p.DefaultVerdict, Pos: p.Pos,
		})
	}
	return all
}

// Maps lists the maps.
func (o *Object) Maps() []Map {
	var all []Map
	for _, m := range o.img.Meta.Maps {
		all = append(all, Map{
			Name: m.Name, Kind: m.Kind, KeySize: m.KeySize, ValueSize: m.ValueSize,
			MaxEntries: m.MaxEntries, KeyType: m.KeyType, ValueType: m.ValueType, Pos: m.Pos,
		})
	}
	return all
}

// programType returns the word for a program's type, empty when there is no
// such program.
func (o *Object) programType(name string) string {
	for _, p := range o.img.Meta.Programs {
		if p.Name == name {
			return report.ProgramTypes[p.Type]
		}
	}
	if o.img.Meta.Init != "" && name == "init" { // the name that the linker gives it
		return report.ProgramTypes[abi.ProgramInit]
	}
	return ""
}

// frames answers report.Lookup.Frames.
func (o *Object) frames(off uint64, isReturn bool) []report.Frame {
	var out []report.Frame
	for _, f := range o.img.Frames(off, isReturn) {
		out = append(out, report.Frame{Function: f.Func, File: f.File, Line: f.Line, Inlined: f.Inlined, Offset: off})
	}
	return out
}

// lookup finds what a report needs in the objects at hand.
func lookup(objs []*Object) report.Lookup {
	byName := map[string]*Object{}
	for _, o := range objs {
		byName[o.Name()] = o
	}
	return lookupByName(byName)
}

// lookup finds what a report about the extension needs.
func (e *Extension) lookup() report.Lookup {
	return lookupByName(map[string]*Object{e.name: e.obj})
}

func lookupByName(byName map[string]*Object) report.Lookup {
	return report.Lookup{
		Frames: func(ext string, off uint64, isReturn bool) []report.Frame {
			if o := byName[ext]; o != nil {
				return o.frames(off, isReturn)
			}
			return nil
		},
		Type: func(ext, program string) string {
			if o := byName[ext]; o != nil {
				return o.programType(program)
			}
			return ""
		},
	}
}
