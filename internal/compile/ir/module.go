// SPDX-License-Identifier: Apache-2.0

package ir

import (
	"fmt"
	"strconv"
	"strings"
)

// Module is one LLVM module.
type Module struct {
	SourceFile string
	Globals    []*Global
	Funcs      []*Func

	names    map[string]bool
	funcs    map[string]*Func
	globals  map[string]*Global
	meta     []string
	metaIDs  map[string]int
	named    []string
	attrSets map[string]int
	attrs    []string
}

// NewModule returns an empty module.
func NewModule(sourceFile string) *Module {
	return &Module{
		SourceFile: sourceFile,
		names:      map[string]bool{},
		funcs:      map[string]*Func{},
		globals:    map[string]*Global{},
		metaIDs:    map[string]int{},
		attrSets:   map[string]int{},
	}
}

// Global is a global variable.
type Global struct {
	Name string
	// Linkage as written: "internal", "private unnamed_addr", "external".
	Linkage string
	// Const: the bytes never change.
	Const bool
	Type  Type
	// Init is the initializer as written; empty for a declaration.
	Init  string
	Align int
	// AddrSpace is 256 for the per-CPU variable.
	AddrSpace int
	Section   string
	// Meta is a metadata attachment such as "!absolute_symbol !3".
	Meta string
}

// AddGlobal adds a global, whose name must be new, and returns its address.
func (m *Module) AddGlobal(g *Global) Value {
	m.claim(g.Name)
	m.Globals = append(m.Globals, g)
	m.globals[g.Name] = g
	return g.Addr()
}

// Addr is the global's address.
func (g *Global) Addr() Value {
	t := Ptr
	if g.AddrSpace != 0 {
		t = Type("ptr addrspace(" + strconv.Itoa(g.AddrSpace) + ")")
	}
	return Value{t, Name("@", g.Name)}
}

// Global returns the global of that name, nil when there is none.
func (m *Module) Global(name string) *Global { return m.globals[name] }

// Func returns the function of that name, nil when there is none.
func (m *Module) Func(name string) *Func { return m.funcs[name] }

// Has reports whether a global or function has that name.
func (m *Module) Has(name string) bool { return m.names[name] }

func (m *Module) claim(name string) {
	if name == "" {
		failf("global without a name")
	}
	if m.names[name] {
		failf("two globals named %q", name)
	}
	m.names[name] = true
}

// Meta adds a metadata node, written without its number, and returns its
// reference. Equal nodes are shared unless they are "distinct".
func (m *Module) Meta(text string) string {
	distinct := strings.HasPrefix(text, "distinct ")
	if id, ok := m.metaIDs[text]; ok && !distinct {
		return "!" + strconv.Itoa(id)
	}
	id := len(m.meta)
	m.meta = append(m.meta, text)
	m.metaIDs[text] = id
	return "!" + strconv.Itoa(id)
}

// ReserveMeta reserves a metadata number, for a node that others refer to
// before it can be written; SetMeta must follow.
func (m *Module) ReserveMeta() string {
	m.meta = append(m.meta, "")
	return "!" + strconv.Itoa(len(m.meta)-1)
}

// SetMeta writes a node reserved by ReserveMeta.
func (m *Module) SetMeta(ref, text string) {
	id, err := strconv.Atoi(strings.TrimPrefix(ref, "!"))
	if err != nil || id >= len(m.meta) || m.meta[id] != "" {
		failf("set metadata %s", ref)
	}
	m.meta[id] = text
}

// NamedMeta adds a named metadata list.
func (m *Module) NamedMeta(name string, refs ...string) {
	m.named = append(m.named, fmt.Sprintf("!%s = !{%s}", name, strings.Join(refs, ", ")))
}

// attrRef returns the number of an attribute group.
func (m *Module) attrRef(attrs string) string {
	id, ok := m.attrSets[attrs]
	if !ok {
		id = len(m.attrs)
		m.attrSets[attrs] = id
		m.attrs = append(m.attrs, attrs)
	}
	return "#" + strconv.Itoa(id)
}

// String prints the module.
func (m *Module) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "source_filename = %s\n", Quote(m.SourceFile))
	b.WriteString("target datalayout = \"e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128\"\n")
	b.WriteString("target triple = \"x86_64-pc-linux-gnu\"\n\n")
	for _, g := range m.Globals {
		g.print(&b)
	}
	b.WriteByte('\n')
	for _, f := range m.Funcs {
		f.print(&b)
	}
	for i, a := range m.attrs {
		fmt.Fprintf(&b, "attributes #%d = { %s }\n", i, a)
	}
	b.WriteByte('\n')
	for _, n := range m.named {
		b.WriteString(n)
		b.WriteByte('\n')
	}
	for i, n := range m.meta {
		fmt.Fprintf(&b, "!%d = %s\n", i, n)
	}
	return b.String()
}

func (g *Global) print(b *strings.Builder) {
	fmt.Fprintf(b, "%s = %s ", Name("@", g.Name), g.Linkage)
	if strings.HasPrefix(g.Linkage, "external") {
		b.WriteString("dso_local ")
	}
	if g.AddrSpace != 0 {
		fmt.Fprintf(b, "addrspace(%d) ", g.AddrSpace)
	}
	if g.Const {
		b.WriteString("constant ")
	} else {
		b.WriteString("global ")
	}
	b.WriteString(string(g.Type))
	if g.Init != "" {
		b.WriteByte(' ')
		b.WriteString(g.Init)
	}
	if g.Section != "" {
		fmt.Fprintf(b, ", section %s", Quote(g.Section))
	}
	if g.Align != 0 {
		fmt.Fprintf(b, ", align %d", g.Align)
	}
	if g.Meta != "" {
		fmt.Fprintf(b, ", %s", g.Meta)
	}
	b.WriteByte('\n')
}
