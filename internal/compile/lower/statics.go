// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"fmt"
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/rex-go/rex/internal/compile/ir"
)

// Package-level variables whose initial values are known at compile time
// become initialised data, and what computed them disappears from the package
// initialiser. go/ssa writes an initialiser as straight-line code; it is
// executed here as far as it goes. An instruction that cannot be executed stays
// where it is and runs at load: it finds the data as if all that is executed
// here had run before, which Go's order of initialisation makes unobservable.

// object is a variable, or what a composite literal made, in static data.
type object struct {
	name  string
	size  int64
	align int64
	cells map[int64]ir.Value
	// fixed: instructions that stay may have used the object, so later stores
	// must stay as well.
	fixed bool
	g     *ir.Global
	gl    *ssa.Global // nil for anonymous objects
}

// static is a value known at compile time.
type static struct {
	v val
	// at is the object that a pointer or slice leads to, nil for none.
	at  *object
	off int64
	// cells are the scalars of a value that is kept in memory.
	cells map[int64]ir.Value
}

// folder executes one package initialiser.
type folder struct {
	g    *gen
	f    *fn // for building constants; emits nothing
	env  map[ssa.Value]static
	dead map[ssa.Instruction]bool
	// fresh lists the objects of a call under execution; nil outside calls.
	fresh []*object
	depth int
}

// foldInit executes what it can of a package initialiser.
func (g *gen) foldInit(s *ssa.Function) {
	d := &folder{g: g, f: &fn{g: g, vals: map[ssa.Value]val{}}, env: map[ssa.Value]static{}, dead: g.deadInit(s)}
	g.folded[s] = d
	b := s.Blocks[0]
	for {
		for _, instr := range b.Instrs {
			if d.dead[instr] {
				continue
			}
			if d.step(instr) {
				d.dead[instr] = true
				continue
			}
			d.stays(instr)
		}
		if len(b.Succs) != 1 || len(b.Succs[0].Preds) != 1 {
			return
		}
		b = b.Succs[0]
	}
}

// stays notes what an instruction that runs at load may do.
func (d *folder) stays(instr ssa.Instruction) {
	if _, ok := instr.(ssa.CallInstruction); ok {
		d.g.initCalls = true
	}
	var space [10]*ssa.Value
	for _, op := range instr.Operands(space[:0]) {
		if *op == nil {
			continue
		}
		if x, ok := d.value(*op); ok && x.at != nil {
			x.at.fixed = true
		}
	}
}

// value returns an operand that is known.
func (d *folder) value(v ssa.Value) (static, bool) {
	if x, ok := d.env[v]; ok {
		return x, true
	}
	switch v := v.(type) {
	case *ssa.Const:
		if d.g.layout(v.Type()).mem || isFloat(v.Type()) {
			return static{}, false
		}
		return static{v: d.f.constant(v)}, true
	case *ssa.Global:
		if _, ok := d.g.mapDescriptor(v); ok {
			return static{}, false
		}
		if d.g.layout(v.Type().Underlying().(*types.Pointer).Elem()).size == 0 {
			return static{}, false
		}
		o := d.g.objectOf(v)
		return static{v: one(o.g.Addr()), at: o}, true
	case *ssa.Function:
		if v.Blocks == nil || len(v.FreeVars) > 0 {
			return static{}, false
		}
		if _, special := d.g.special(v); special {
			return static{}, false
		}
		return static{v: one(d.g.funcValue(d.f, v))}, true
	}
	return static{}, false
}

// objectOf is the static object of a package-level variable.
func (g *gen) objectOf(gl *ssa.Global) *object {
	if o, ok := g.objects[gl]; ok {
		return o
	}
	addr := g.global(gl)
	l := g.layout(gl.Type().Underlying().(*types.Pointer).Elem())
	o := &object{name: gl.Name(), size: l.size, align: l.align, cells: map[int64]ir.Value{}, gl: gl, g: g.globalOf[addr.Ref]}
	g.objects[gl] = o
	g.objList = append(g.objList, o)
	return o
}

// newObject makes an anonymous static object.
func (d *folder) newObject(t types.Type) *object {
	l := d.g.layout(t)
	return d.newBytes(l.size, l.align)
}

func (d *folder) newBytes(size, align int64) *object {
	g := d.g
	o := &object{size: size, align: max(align, 1), cells: map[int64]ir.Value{}}
	o.name = "data." + itoa(len(g.objList))
	o.g = &ir.Global{Name: o.name, Linkage: "internal", Type: ir.Bytes(max(o.size, 1)), Init: "zeroinitializer", Align: int(o.align)}
	g.m.AddGlobal(o.g)
	g.objList = append(g.objList, o)
	if d.depth > 0 {
		d.fresh = append(d.fresh, o)
	}
	return o
}

// address is the constant o+off.
func address(o *object, off int64) ir.Value {
	if off == 0 {
		return o.g.Addr()
	}
	return ir.Value{Type: ir.Ptr, Ref: fmt.Sprintf("getelementptr (i8, ptr %s, i64 %d)", o.g.Addr().Ref, off)}
}

func pointer(o *object, off int64) static {
	return static{v: one(address(o, off)), at: o, off: off}
}

// step executes an instruction and reports whether it could.
func (d *folder) step(instr ssa.Instruction) bool {
	switch instr := instr.(type) {
	case *ssa.Alloc:
		t := instr.Type().Underlying().(*types.Pointer).Elem()
		if d.g.layout(t).size == 0 {
			return false // all of these have one address
		}
		d.env[instr] = pointer(d.newObject(t), 0)
		return true
	case *ssa.FieldAddr:
		x, ok := d.value(instr.X)
		if !ok || x.at == nil {
			return false
		}
		st := instr.X.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Struct)
		d.env[instr] = pointer(x.at, x.off+d.g.fieldOffsets(st)[instr.Field])
		return true
	case *ssa.IndexAddr:
		return d.indexAddr(instr)
	case *ssa.Slice:
		return d.slice(instr)
	case *ssa.Store:
		return d.store(instr)
	case *ssa.UnOp:
		return d.load(instr)
	case *ssa.ChangeType:
		return d.same(instr, instr.X)
	case *ssa.ChangeInterface:
		return d.same(instr, instr.X)
	case *ssa.Convert:
		return d.convert(instr)
	case *ssa.MakeInterface:
		return d.makeInterface(instr)
	case *ssa.MakeClosure:
		return d.makeClosure(instr)
	case *ssa.Call:
		return d.call(instr)
	case *ssa.DebugRef:
		return true
	}
	return false
}

func (d *folder) same(v ssa.Value, x ssa.Value) bool {
	s, ok := d.value(x)
	if ok {
		d.env[v] = s
	}
	return ok
}

func (d *folder) indexAddr(a *ssa.IndexAddr) bool {
	x, ok := d.value(a.X)
	i, known := a.Index.(*ssa.Const)
	if !ok || !known || x.at == nil {
		return false
	}
	n := constInt(i.Value)
	var elem types.Type
	var length int64
	switch t := a.X.Type().Underlying().(type) {
	case *types.Pointer:
		arr := t.Elem().Underlying().(*types.Array)
		elem, length = arr.Elem(), arr.Len()
	case *types.Slice:
		elem = t.Elem()
		length, _ = x.v.c[1].ConstInt()
	}
	if n < 0 || n >= length {
		return false
	}
	d.env[a] = pointer(x.at, x.off+n*d.g.sizes.Sizeof(elem))
	return true
}

func (d *folder) slice(s *ssa.Slice) bool {
	p, ok := s.X.Type().Underlying().(*types.Pointer)
	if !ok || s.Low != nil || s.Max != nil {
		return false
	}
	x, ok := d.value(s.X)
	if !ok || x.at == nil {
		return false
	}
	n := p.Elem().Underlying().(*types.Array).Len()
	high := n
	if s.High != nil {
		c, ok := s.High.(*ssa.Const)
		if !ok {
			return false
		}
		if high = constInt(c.Value); high < 0 || high > n {
			return false
		}
	}
	x.v = val{c: []ir.Value{x.v.s(), ir.Const(ir.I64, high), ir.Const(ir.I64, n)}}
	d.env[s] = x
	return true
}

func (d *folder) store(s *ssa.Store) bool {
	p, ok := d.value(s.Addr)
	if !ok || p.at == nil || p.at.fixed || d.depth > 0 && !slices.Contains(d.fresh, p.at) {
		return false
	}
	l := d.g.layout(s.Val.Type())
	if c, ok := s.Val.(*ssa.Const); ok && l.mem {
		return c.Value == nil && len(p.at.cells) == 0 // zero it is
	}
	x, ok := d.value(s.Val)
	if !ok {
		return false
	}
	if l.mem {
		for off := range p.at.cells {
			if off >= p.off && off < p.off+l.size {
				return false
			}
		}
		for off, v := range x.cells {
			p.at.cells[p.off+off] = v
		}
		return true
	}
	for i, c := range l.comps {
		p.at.cells[p.off+c.off] = x.v.c[i]
	}
	return true
}

// load reads back what was stored. A package-level variable may have been
// changed by a call that runs at load.
func (d *folder) load(u *ssa.UnOp) bool {
	if u.Op.String() != "*" {
		return false
	}
	p, ok := d.value(u.X)
	if !ok || p.at == nil || p.at.fixed || p.at.gl != nil && (d.g.initCalls || d.depth > 0) {
		return false
	}
	l := d.g.layout(u.Type())
	if l.mem {
		x := static{cells: map[int64]ir.Value{}}
		for off, v := range p.at.cells {
			if off >= p.off && off < p.off+l.size {
				x.cells[off-p.off] = v
			}
		}
		d.env[u] = x
		return true
	}
	if pointery(u.Type()) && !pointerTo(u.Type()) {
		return false
	}
	x := static{}
	for _, c := range l.comps {
		v, ok := p.at.cells[p.off+c.off]
		if !ok {
			v = ir.Zero(c.t)
		}
		x.v.c = append(x.v.c, v)
	}
	if len(l.comps) > 0 {
		x.at, x.off = d.g.resolve(x.v.c[0])
	}
	d.env[u] = x
	return true
}

func pointerTo(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// resolve finds the object behind a constant address.
func (g *gen) resolve(p ir.Value) (*object, int64) {
	for _, o := range g.objList {
		if o.g.Addr() == p {
			return o, 0
		}
	}
	return nil, 0
}

func (d *folder) convert(c *ssa.Convert) bool {
	k, ok := c.X.(*ssa.Const)
	if !ok || k.Value == nil || k.Value.Kind() != constant.String || elemSize(c.Type()) != 1 || !isString(c.X.Type()) {
		return false
	}
	s := constant.StringVal(k.Value)
	o := d.newBytes(int64(len(s)), 1)
	for i := range len(s) {
		o.cells[int64(i)] = ir.Const(ir.I8, int64(s[i]))
	}
	n := ir.Const(ir.I64, int64(len(s)))
	d.env[c] = static{v: val{c: []ir.Value{o.g.Addr(), n, n}}, at: o}
	return true
}

func (d *folder) makeInterface(m *ssa.MakeInterface) bool {
	x, ok := d.value(m.X)
	if !ok || x.cells != nil {
		return false
	}
	t := m.X.Type()
	l := d.g.layout(t)
	data := d.g.zeroBase()
	switch {
	case pointerShaped(t):
		data = x.v.s()
	case l.size > 0:
		o := d.newObject(t)
		for i, c := range l.comps {
			o.cells[c.off] = x.v.c[i]
		}
		data = o.g.Addr()
	}
	d.env[m] = static{v: val{c: []ir.Value{d.g.typeInfo(t).desc, data}}, at: x.at}
	return true
}

func (d *folder) makeClosure(m *ssa.MakeClosure) bool {
	callee := m.Fn.(*ssa.Function)
	var parts []static
	for _, b := range m.Bindings {
		x, ok := d.value(b)
		if !ok || x.cells != nil {
			return false
		}
		parts = append(parts, x)
	}
	if len(parts) == 0 {
		return d.same(m, callee)
	}
	offs, size := d.g.closureLayout(callee)
	o := d.newBytes(size, 8)
	o.cells[0] = d.g.ref(callee).Addr()
	for i, x := range parts {
		for j, c := range d.g.layout(m.Bindings[i].Type()).comps {
			o.cells[offs[i]+c.off] = x.v.c[j]
		}
		if x.at != nil {
			x.at.fixed = true
		}
	}
	d.env[m] = static{v: one(o.g.Addr()), at: o}
	return true
}

// call executes a call of a function that is one block of code and touches
// nothing but what it makes, such as errors.New.
func (d *folder) call(c *ssa.Call) bool {
	callee, ok := c.Call.Value.(*ssa.Function)
	if !ok || len(callee.Blocks) != 1 || len(callee.FreeVars) > 0 || d.depth > 3 || c.Type() == nil {
		return false
	}
	if _, special := d.g.special(callee); special || callee.Signature.Results().Len() != 1 {
		return false
	}
	saved := d.fresh
	d.fresh = nil
	d.depth++
	defer func() {
		d.depth--
		d.fresh = append(saved, d.fresh...)
	}()
	for i, a := range c.Call.Args {
		x, ok := d.value(a)
		if !ok {
			return false
		}
		d.env[callee.Params[i]] = x
	}
	for _, instr := range callee.Blocks[0].Instrs {
		if r, ok := instr.(*ssa.Return); ok {
			x, ok := d.value(r.Results[0])
			if ok {
				d.env[c] = x
			}
			return ok
		}
		if !d.step(instr) {
			return false
		}
	}
	return false
}

// bind makes the known values of an initialiser operands of the instructions
// that stay.
func (d *folder) bind(f *fn, s *ssa.Function) {
	for _, b := range s.Blocks {
		for _, instr := range b.Instrs {
			if v, ok := instr.(ssa.Value); ok {
				if x, known := d.env[v]; known {
					f.vals[v] = d.operand(v, x)
				}
			}
		}
	}
}

// operand is a known value as instructions that stay see it.
func (d *folder) operand(v ssa.Value, x static) val {
	if x.cells == nil || v.Referrers() == nil {
		return x.v
	}
	for _, r := range *v.Referrers() {
		if !d.dead[r] {
			l := d.g.layout(v.Type())
			o := d.newBytes(l.size, l.align)
			o.cells = x.cells
			return val{mem: o.g.Addr()}
		}
	}
	return val{}
}

// finishStatics writes the initial data.
func (g *gen) finishStatics() {
	for _, o := range g.objList {
		if len(o.cells) > 0 {
			o.g.Type, o.g.Init = o.text()
		}
		if o.gl != nil && !o.fixed && g.readOnly(o.gl) {
			o.g.Const = true
		}
	}
}

// readOnly reports whether no instruction that is left can write to a
// variable: all uses are loads of it or of its parts.
func (g *gen) readOnly(gl *ssa.Global) bool {
	return g.written != nil && !g.written[gl]
}

// findWritten collects the package-level variables that code other than
// executed initialisers does more with than load.
func (g *gen) findWritten() {
	g.written = map[*ssa.Global]bool{}
	var space [10]*ssa.Value
	for _, f := range g.reach.funcs {
		var dead map[ssa.Instruction]bool
		if d := g.folded[f]; d != nil {
			dead = d.dead
		}
		for _, b := range f.Blocks {
			for _, instr := range b.Instrs {
				for _, op := range instr.Operands(space[:0]) {
					if gl, ok := (*op).(*ssa.Global); ok && !dead[instr] && !loadOnly(instr, gl) {
						g.written[gl] = true
					}
				}
			}
		}
	}
}

// loadOnly reports whether an instruction uses an address to load only.
func loadOnly(instr ssa.Instruction, addr ssa.Value) bool {
	switch instr := instr.(type) {
	case *ssa.UnOp, *ssa.DebugRef:
		return true
	case *ssa.FieldAddr, *ssa.IndexAddr:
		for _, r := range *instr.(ssa.Value).Referrers() {
			if !loadOnly(r, instr.(ssa.Value)) {
				return false
			}
		}
		return true
	}
	return false
}

// text writes an object's bytes as a packed struct.
func (o *object) text() (ir.Type, string) {
	offs := make([]int64, 0, len(o.cells))
	for off := range o.cells {
		offs = append(offs, off)
	}
	slices.Sort(offs)
	var ts, vs []string
	at := int64(0)
	add := func(t, v string) {
		ts = append(ts, t)
		vs = append(vs, t+" "+v)
	}
	pad := func(to int64) {
		if to > at {
			add(string(ir.Bytes(to-at)), "zeroinitializer")
			at = to
		}
	}
	for i := 0; i < len(offs); i++ {
		pad(offs[i])
		c := o.cells[offs[i]]
		var run []byte
		for j := i; j < len(offs) && offs[j] == offs[i]+int64(j-i); j++ {
			n, ok := o.cells[offs[j]].ConstInt()
			if !ok || memType(o.cells[offs[j]].Type) != ir.I8 {
				break
			}
			run = append(run, byte(n))
		}
		if len(run) > 0 {
			add(string(ir.Bytes(int64(len(run)))), "c"+ir.Quote(string(run)))
			at += int64(len(run))
			i += len(run) - 1
			continue
		}
		add(string(c.Type), c.Ref)
		at += int64(c.Type.Size())
	}
	pad(o.size)
	return ir.Type("<{ " + strings.Join(ts, ", ") + " }>"), "<{ " + strings.Join(vs, ", ") + " }>"
}
