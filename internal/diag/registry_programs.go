// SPDX-License-Identifier: Apache-2.0

package diag

const goodProgram = "//rex:xdp\nfunc Filter(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n"

var programEntries = []Entry{
	{
		Code:  NoProgram,
		Title: "no program",
		Why:   "A package becomes an extension by having at least one function with a program directive.",
		Bad:   "package example\n\nfunc Filter() {}\n",
		Way:   "Put a directive directly above a function.",
		Good:  goodProgram,
	},
	{
		Code:  UnknownDirective,
		Title: "unknown directive",
		Why:   "A misspelled directive would leave the program out silently.",
		Bad:   "//rex:xpd\nfunc Filter(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n",
		Way:   "Program directives are //rex:xdp, //rex:tc, //rex:kprobe FUNC, //rex:kretprobe FUNC, //rex:tracepoint CATEGORY/NAME and //rex:perfevent.",
		Good:  goodProgram,
	},
	{
		Code:  DirectiveArgument,
		Title: "wrong argument or option of a directive",
		Why:   "Options are timeout= (1ms to 10s, default 100ms), arena= (1KiB to 1MiB in multiples of 16 bytes, default 64KiB) and onpanic= (stop, the default, or continue), each at most once.",
		Bad:   "//rex:xdp timeout=1h\nfunc Filter(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n",
		Way:   "Write for example //rex:xdp timeout=50ms arena=16KiB onpanic=continue.",
		Good:  "//rex:xdp timeout=50ms arena=16KiB onpanic=continue\nfunc Filter(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n",
	},
	{
		Code:  DuplicateDirective,
		Title: "two directives on one function",
		Why:   "A function is one program.",
		Bad:   "//rex:xdp\n//rex:xdp timeout=50ms\nfunc Filter(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n",
		Way:   "Keep one, or write a second function.",
		Good:  goodProgram,
	},
	{
		Code:  MisplacedDirective,
		Title: "directive that belongs to no function",
		Why:   "A directive counts only in the comment directly above a package-level function of the extension's own package; elsewhere it would be lost silently.",
		Bad:   "//rex:xdp\n\nfunc Filter(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n",
		Way:   "Put it directly above the function, without a blank line.",
		Good:  goodProgram,
	},
	{
		Code:  ProgramFunc,
		Title: "not a plain function",
		Why:   "A program is what the kernel calls: it has no receiver and no type parameters, and is not init or main.",
		Bad:   "type T struct{}\n\n//rex:xdp\nfunc (T) Filter(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n",
		Way:   "Write a function that calls the method.",
		Good:  goodProgram,
	},
	{
		Code:  Signature,
		Title: "wrong signature",
		Why:   "The program type decides what the kernel passes and what it expects back.",
		Bad:   "//rex:xdp\nfunc Filter(b []byte) bool { return true }\n",
		Way:   "The diagnostic shows the right signature.",
		Good:  goodProgram,
	},
	{
		Code:  ProgramUnsupported,
		Title: "program type that is not supported yet",
		Why:   "Releases that could load XDP programs only reported this for the others. No source gives it any more; the code is kept because codes keep their meaning.",
		Shell: "$ rex check ./filter   # of such a release\nfilter/filter.go:11:6: program type tc is not supported yet [REX0208]\n",
		Way:   "Use a newer rex: every program type can be loaded.",
	},
	{
		Code:  TooManyPrograms,
		Title: "too many programs",
		Why:   "The table of an extension's programs has a fixed size.",
		Way:   "Split the extension.",
		Shell: "$ rex check ./filter\nfilter/filter.go:1:9: package example.com/m/filter has 65 programs, more than 64 [REX0209]\n",
	},
	{
		Code:  ProgramName,
		Title: "program name too long",
		Why:   "The name stands in records of a fixed size.",
		Way:   "Choose a name of at most 55 bytes.",
		Bad:   "//rex:xdp\nfunc FilterEverythingThatArrivesOnTheInterfaceAndIsNotWelcomeHere(ctx *xdp.Context) xdp.Action { return xdp.Pass }\n",
		Good:  goodProgram,
	},
	{
		Code:  RecordType,
		Title: "unusable type of a trace record",
		Why:   "A tracepoint program reads the event's fields as a Go struct. The fields are numbers and arrays of numbers; field PrevPID or PrevPid stands for prev_pid of the event's format file (/sys/kernel/tracing/events/CATEGORY/NAME/format), a tag `trace:\"name\"` names another, and blank fields are padding. Names, offsets and sizes are compared with the kernel's when the extension is loaded. The fields common to all events, which stand first, are left out.",
		Bad:   "import \"github.com/rex-go/rex/tracepoint\"\n\ntype Exec struct{ Filename string }\n\n//rex:tracepoint sched/sched_process_exec\nfunc Exec2(ctx *tracepoint.Context[Exec]) tracepoint.Action { return tracepoint.Keep }\n",
		Way:   "Write numbers, arrays of numbers, and tracepoint.DataLoc for fields declared __data_loc.",
		Good:  "import \"github.com/rex-go/rex/tracepoint\"\n\ntype Exec struct {\n\tFilename tracepoint.DataLoc\n\tPID      int32\n\tOldPID   int32\n}\n\n//rex:tracepoint sched/sched_process_exec\nfunc OnExec(ctx *tracepoint.Context[Exec]) tracepoint.Action { return tracepoint.Keep }\n",
	},
}
