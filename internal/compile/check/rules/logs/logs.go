// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"go/ast"
	"go/constant"
	"go/types"

	"github.com/rex-go/rex/internal/compile/check/rule"
	"github.com/rex-go/rex/internal/compile/source"
	"github.com/rex-go/rex/internal/diag"
)

// Rule reports calls of the log functions with arguments that do not fit.
var Rule = rule.Rule{Name: "logs", Run: run}

const valueHint = "log booleans, integers, strings, bytes, or values with an Error or String method"

func run(p *rule.Pass) {
	p.Inspect(func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fn, _ := p.Callee(call)
		if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != source.SDKPath || fn.Signature().Recv() != nil {
			return true
		}
		switch fn.Name() {
		case "Log":
			checkLog(p, call)
		case "Printf":
			checkPrintf(p, call)
		}
		return true
	})
}

// checkLog looks at the pairs behind level and message.
func checkLog(p *rule.Pass, call *ast.CallExpr) {
	if len(call.Args) < 2 || call.Ellipsis.IsValid() {
		return
	}
	args := call.Args[2:]
	for i := 0; i < len(args); i += 2 {
		if s, ok := constantString(p, args[i]); !ok || s == "" {
			p.Report(args[i], diag.LogArguments, "write a constant string before each value", "rex.Log: key is not a constant string")
			return
		}
		if i+1 == len(args) {
			p.Report(args[i], diag.LogArguments, "write key and value in turn", "rex.Log: key has no value")
			return
		}
		if t := p.Info().TypeOf(args[i+1]); kindOf(t) == other {
			p.Report(args[i+1], diag.LogArguments, valueHint, "rex.Log: value of type %s cannot be logged", p.TypeName(t))
		}
	}
}

// checkPrintf compares the format's verbs with the arguments.
func checkPrintf(p *rule.Pass, call *ast.CallExpr) {
	if len(call.Args) == 0 {
		return
	}
	format, ok := constantString(p, call.Args[0])
	if !ok {
		p.Report(call.Args[0], diag.LogArguments, `write rex.Printf("%s", text) for text that is not constant`, "rex.Printf: format is not constant")
		return
	}
	if call.Ellipsis.IsValid() {
		return
	}
	verbs, bad := parse(format)
	if bad != "" {
		p.Report(call.Args[0], diag.LogArguments, "use %v, %d, %s, %q, %x, %X, %o, %b, %c, %t or %%", "rex.Printf: %s", bad)
		return
	}
	args := call.Args[1:]
	if len(args) != len(verbs) {
		p.Report(call, diag.LogArguments, "", "rex.Printf: format has %d verbs, call has %d arguments", len(verbs), len(args))
		return
	}
	for i, v := range verbs {
		t := p.Info().TypeOf(args[i])
		if !fits(v, kindOf(t), t) {
			p.Report(args[i], diag.LogArguments, valueHint, "rex.Printf: %%%c of type %s", v, p.TypeName(t))
		}
	}
}

func constantString(p *rule.Pass, e ast.Expr) (string, bool) {
	tv := p.Info().Types[e]
	if tv.Value == nil || tv.Value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(tv.Value), true
}

// parse lists the verbs of a format, as (*verb).parse of the SDK reads them.
func parse(format string) (verbs []byte, bad string) {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && isFlag(format[i]); i++ {
		}
		for ; i < len(format) && format[i] >= '0' && format[i] <= '9'; i++ {
		}
		if i >= len(format) {
			return nil, "format ends in the middle of a verb"
		}
		switch c := format[i]; c {
		case '%':
		case 'v', 'd', 's', 'q', 'x', 'X', 'o', 'b', 'c', 't':
			verbs = append(verbs, c)
		default:
			return nil, "verb %" + string(c) + " is not available"
		}
	}
	return verbs, ""
}

func isFlag(c byte) bool { return c == '-' || c == '+' || c == '#' || c == '0' }

// kind is what a value is to the log functions.
type kind int

const (
	other kind = iota
	anything
	boolean
	integer
	text
	bytes
	pointer
)

func kindOf(t types.Type) kind {
	if t == nil {
		return anything
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return anything
	case *types.Basic:
		switch {
		case u.Info()&types.IsBoolean != 0:
			return boolean
		case u.Info()&types.IsInteger != 0:
			return integer
		case u.Info()&types.IsString != 0:
			return text
		case u.Kind() == types.UntypedNil:
			return anything
		}
	case *types.Slice:
		if isByte(u.Elem()) {
			return bytes
		}
	case *types.Array:
		if isByte(u.Elem()) {
			return bytes
		}
	}
	if hasText(t) {
		return pointer
	}
	return other
}

func isByte(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Byte
}

// hasText reports whether the type has a method Error() string or String()
// string.
func hasText(t types.Type) bool {
	for _, name := range []string{"Error", "String"} {
		m, _, _ := types.LookupFieldOrMethod(t, false, nil, name)
		fn, ok := m.(*types.Func)
		if !ok {
			continue
		}
		sig := fn.Signature()
		if sig.Params().Len() == 0 && sig.Results().Len() == 1 && types.Identical(sig.Results().At(0).Type(), types.Typ[types.String]) {
			return true
		}
	}
	return false
}

// fits reports whether a verb writes a value of that kind.
func fits(verb byte, k kind, t types.Type) bool {
	if k == anything {
		return true
	}
	switch verb {
	case 'v':
		return k != other
	case 's', 'q':
		return k == text || k == bytes || hasText(t)
	case 'x', 'X':
		return k == integer || k == text || k == bytes || hasText(t)
	case 'd':
		return k == integer || k == bytes
	case 'o', 'b', 'c':
		return k == integer
	case 't':
		return k == boolean
	}
	return false
}
