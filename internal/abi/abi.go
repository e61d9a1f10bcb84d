// SPDX-License-Identifier: Apache-2.0

// Package abi is the seam between compiled extensions, the host tools and
// rex.ko: the one source of every struct, constant and symbol that Go and C
// share. abigen turns it into kmod/include/rex_abi.h (with static asserts on
// every size and offset), kmod/include/rex_abi_asm.h and docs/abi.md.
//
// Rules: fixed-width fields, explicit padding, sizes a multiple of 8,
// pointers as uint64, enums append-only with an invalid zero. Structs owned by
// the kernel are not part of the ABI: their field offsets come from the
// target's BTF at link time (see FieldSymbol).
package abi

// Version changes whenever the meaning of anything in this package changes in
// a way that Hash cannot see.
const Version = 1

// Limits shared by the compiler, the linker and rex.ko.
const (
	// MaxLevels is how many invocations may nest on one CPU: task, softirq,
	// hardirq, NMI.
	MaxLevels = 4
	// StackSize is the size in bytes of one program stack (one for each CPU
	// and level), including StackReserve.
	StackSize = 32768
	// StackReserve is the part at the low end of a program stack that
	// compiled code never uses: it belongs to helpers, to the panic path and
	// to hard interrupts, which run on the current stack when the program
	// itself was entered on the interrupt stack.
	StackReserve = 16384
	// StackProgram is what compiled code may use in one invocation.
	StackProgram = StackSize - StackReserve
	// MaxFrame is the largest stack frame of one compiled function. The
	// entry check of a recursive function relies on it.
	MaxFrame = 4096
	// DefaultArena is the arena's size in bytes when no directive names one.
	DefaultArena = 65536
	// DefaultBudgetMillis is a program's time budget when no directive names
	// one.
	DefaultBudgetMillis = 100
	// MaxPrograms and MaxMaps bound the tables of one extension.
	MaxPrograms = 64
	MaxMaps     = 64
	// MaxFrames is how many return addresses an event carries: the first
	// MaxFrames-MaxOuterFrames innermost ones and, when there were more, the
	// MaxOuterFrames outermost ones.
	MaxFrames      = 24
	MaxOuterFrames = 4
	// MaxMessage is the size in bytes of an event's text.
	MaxMessage = 168
	// NameSize bounds the names of extensions and programs, including the
	// terminating zero. It is the kernel's MODULE_NAME_LEN.
	NameSize = 56
	// MapNameSize is BPF_OBJ_NAME_LEN.
	MapNameSize = 16
	// StackDepth is how many addresses a stack in a StackTrace map has at
	// most: the default of the sysctl kernel.perf_event_max_stack.
	StackDepth = 127
	// DevicePath is rex.ko's control and event device.
	DevicePath = "/dev/rex"
	// ModuleName is the kernel module's name.
	ModuleName = "rex"
)

// ProgramType says which hook a program is written for.
type ProgramType uint32

const (
	ProgramInvalid ProgramType = iota
	ProgramXDP
	ProgramTC
	ProgramKprobe
	ProgramTracepoint
	ProgramPerfEvent
	// ProgramInit is the extension's package initialisation: run once, at
	// load, before any other program, in the loading process.
	ProgramInit
	// ProgramKretprobe runs when a kernel function returns.
	ProgramKretprobe
)

// PanicPolicy says what happens to an extension after one of its programs
// panicked or ran out of time or stack.
type PanicPolicy uint32

const (
	PolicyInvalid PanicPolicy = iota
	// PolicyStop: every program of the extension returns its default verdict
	// until the extension is resumed.
	PolicyStop
	// PolicyContinue: the extension keeps running.
	PolicyContinue
)

// ExtState is the state of a loaded extension.
type ExtState uint32

const (
	StateInvalid ExtState = iota
	StateRunning
	StateStopped
)

// EventKind is the kind of an event record.
type EventKind uint32

const (
	EventInvalid EventKind = iota
	EventPanic
	EventTimeout
	EventStackOverflow
	EventLog
	// EventLost is made by the reader's side of rex.ko when records were
	// overwritten before they were read; Args[0] is how many.
	EventLost
)

// PanicCode tells which run-time check failed. The host formats the message in
// Go's own wording from the code and its two arguments (PanicText).
type PanicCode uint32

const (
	PanicInvalid      PanicCode = iota
	PanicIndex                  // a: index (signed), b: length
	PanicIndexU                 // a: index (unsigned), b: length
	PanicSliceAlen              // s[?:a], a signed, b: length
	PanicSliceAlenU             //
	PanicSliceAcap              // s[?:a], a signed, b: capacity
	PanicSliceAcapU             //
	PanicSliceB                 // s[a:b], a signed > b
	PanicSliceBU                //
	PanicSlice3Alen             // s[::a], b: length
	PanicSlice3AlenU            //
	PanicSlice3Acap             // s[::a], b: capacity
	PanicSlice3AcapU            //
	PanicSlice3B                // s[:a:b], a > b
	PanicSlice3BU               //
	PanicSlice3C                // s[a:b:], a > b
	PanicSlice3CU               //
	PanicSliceConvert           // slice of length a to array (pointer) of length b
	PanicDivide                 // integer divide by zero
	PanicNil                    // nil pointer dereference, a: 0
	PanicShift                  // negative shift amount
	PanicMakeSliceLen           // makeslice: len out of range
	PanicMakeSliceCap           // makeslice: cap out of range
	PanicArena                  // arena exhausted, a: bytes asked for, b: arena size
	PanicStack                  // stack overflow
	PanicTimeout                // time budget used up, a: budget in ms
	PanicString                 // panic(string): text in the record
	PanicError                  // panic(error): text in the record
	PanicInt                    // panic(int): a
	PanicUint                   // panic(uint): a
	PanicBool                   // panic(bool): a
	PanicValue                  // panic(other): text is the type's name
	PanicNilMap                 // assignment to entry in nil map
	PanicTypeAssert             // text is the message after "interface conversion: "
	PanicNilFunc                // call of a nil func value (worded as PanicNil)
	PanicUnreachable            // compiler-proved unreachable code was reached
	PanicHash                   // runtime error: hash of unhashable type; text: the type
	PanicCompare                // runtime error: comparing uncomparable type; text: the type
	PanicNest                   // too many nested invocations, or into itself
	PanicLock                   // misuse of a lock; text says which
	PanicHelper                 // a helper refused its arguments; text says why
)

// Context is the kind of context an event was recorded in.
type Context uint32

const (
	ContextInvalid Context = iota
	ContextTask
	ContextSoftirq
	ContextHardirq
	ContextNMI
)

// CPU is the head of rex.ko's per-CPU variable "rex_cpu", which compiled code
// reads and writes through %gs. Its fields describe the innermost running
// invocation of this CPU and are valid only while one runs.
type CPU struct {
	// Poll is non-zero when the program is to call rex_poll at the next loop
	// back-edge.
	Poll uint8
	_    [7]uint8
	// StackLimit is the lowest address compiled code may use.
	StackLimit uint64
	// ArenaNext is the next free byte of the arena, always a multiple of 16;
	// compiled code allocates by advancing it (after comparing with
	// ArenaEnd) and zeroes what it takes.
	ArenaNext uint64
	ArenaEnd  uint64
}

// MapDesc is one entry of an extension's map table. Compiled code passes its
// address (linker symbol MapSymbol) to the map helpers.
type MapDesc struct {
	// Map is the struct bpf_map *, written by rex.ko at registration.
	Map uint64
	// FD is the map's file descriptor in the loading process, written by the
	// linker, used only during registration.
	FD         int32
	Type       uint32 // enum bpf_map_type
	KeySize    uint32
	ValueSize  uint32
	MaxEntries uint32
	Flags      uint32 // BPF_F_*
	Name       [MapNameSize]uint8
	// Lock is the offset of the SpinLock in a value plus 1, 0 when values
	// have none.
	Lock uint32
	_    uint32
}

// ProgDesc is one entry of an extension's program table, in the extension's
// writable data. The trampoline hands its address to rex_enter.
type ProgDesc struct {
	// Stopped is non-zero when the dispatcher must not enter the program.
	Stopped uint32
	// DefaultVerdict is returned when the program is not entered, panics or
	// is stopped.
	DefaultVerdict uint32
	Type           uint32 // ProgramType
	Index          uint32
	// Ext is rex.ko's struct rex_ext *, written at registration.
	Ext uint64
	// Stats is a per-CPU pointer owned by rex.ko, written at registration.
	Stats uint64
	// Entry is the compiled function's address, for reports.
	Entry       uint64
	BudgetNanos uint64
	ArenaBytes  uint32
	OnPanic     uint32 // PanicPolicy
	// StackBytes is the compiler's static bound, 0 when there is none and
	// functions check for themselves.
	StackBytes uint32
	_          uint32
	Name       [NameSize]uint8
}

// Needs are what an extension wants to have in the kernel while it is loaded.
type Needs uint32

// NeedCallchains: it copies stacks (rex_stack_copy), so the kernel is to keep
// the buffers for walking them.
const NeedCallchains Needs = 1

// ExtDesc is the extension's descriptor, made by the linker and handed to
// rex_ext_register by the kernel module's init function.
type ExtDesc struct {
	ABIVersion uint32
	Needs      uint32 // Need flags
	ABIHash    uint64
	// Priv is rex.ko's struct rex_ext *, written at registration.
	Priv uint64
	// This is the address of the kernel module's struct module.
	This uint64
	// TextStart and TextEnd bound the compiled code (the object's .text).
	// Event frames are offsets from TextStart.
	TextStart uint64
	TextEnd   uint64
	// Maps is the address of MapDesc[NumMaps].
	Maps uint64
	// Progs is the address of ProgDesc[NumProgs].
	Progs    uint64
	NumMaps  uint32
	NumProgs uint32
	// Init is the address of the trampoline of the ProgramInit program
	// (which is the last in Progs), 0 when the extension has none. Its C type
	// is u32 (*)(void *).
	Init uint64
	// Kfuncs is the address of a struct btf_id_set8 that lists the
	// trampolines' BTF ids, sorted, flags BTF_SET8_KFUNCS.
	Kfuncs uint64
	Name   [NameSize]uint8
}

// Event is one record read from DevicePath. read(2) returns whole records.
type Event struct {
	Seq       uint64 // from 1, without gaps in what was written
	TimeNanos uint64 // CLOCK_MONOTONIC
	Kind      uint32 // EventKind
	Code      uint32 // PanicCode
	CPU       uint32
	Context   uint32 // Context
	ExtID     uint32
	Prog      uint32 // ProgDesc.Index
	PID       uint32 // of the current task (init namespace); 0 outside task context
	Level     uint32 // nesting level, 0 is outermost
	Args      [2]uint64
	// NumFrames is how many entries of Frames are valid, TotalFrames how many
	// there were. When TotalFrames > NumFrames the elided ones stood between
	// Frames[NumFrames-MaxOuterFrames-1] and Frames[NumFrames-MaxOuterFrames].
	NumFrames   uint32
	TotalFrames uint32
	// Frames holds return addresses (for frame 0 of a timeout: the
	// interrupted address) as offsets from the extension's TextStart.
	Frames [MaxFrames]uint64
	// MessageLen is the length of the text; bytes beyond MaxMessage are cut.
	MessageLen uint32
	// Level of an EventLog record; 0 otherwise.
	LogLevel uint32
	Comm     [16]uint8
	Ext      [NameSize]uint8
	ProgName [NameSize]uint8
	Message  [MaxMessage]uint8
}

// TaskInfo describes a task to a program (rex_task_info). Ids are those of the
// initial namespaces.
type TaskInfo struct {
	PID, TGID, UID, GID uint32
	Comm                [16]uint8
	// CgroupID is the id of the task's cgroup in the default hierarchy.
	CgroupID uint64
	// StartNanos is CLOCK_BOOTTIME when the task was started.
	StartNanos uint64
	// UserNanos and SystemNanos are the task's time in user space and in the
	// kernel, RunNanos all of it, more precisely, up to the last tick.
	UserNanos, SystemNanos, RunNanos uint64
	// Address is that of the struct task_struct.
	Address uint64
}

// Info is the answer to IoctlInfo.
type Info struct {
	ABIVersion uint32
	NumExts    uint32
	ABIHash    uint64
	// TickNanos is the watchdog's period.
	TickNanos uint64
}

// ExtQuery is the argument of IoctlExt, IoctlResume and IoctlStop. The caller
// fills Name; rex.ko fills the rest.
type ExtQuery struct {
	Name        [NameSize]uint8
	ID          uint32
	State       uint32 // ExtState
	NumProgs    uint32
	_           uint32
	Invocations uint64
	Panics      uint64
	Timeouts    uint64
	Overflows   uint64
	// Refused counts entries that found the program stopped, nested too deep
	// or already running on this CPU.
	Refused uint64
}

// HelperQuery is the argument of IoctlHelpers. The caller names a loaded BPF
// program; rex.ko takes the addresses of the helpers it knows (BPFHelpers)
// from the program's call instructions, and says which it has by now.
type HelperQuery struct {
	// ProgFD is the program's file descriptor, -1 to ask only.
	ProgFD int32
	// ProgType is its enum bpf_prog_type.
	ProgType uint32
	// Have has bit i set when the address of BPFHelpers[i] is known.
	Have uint64
}

// ioctl numbers of DevicePath; the C side uses the same encoding
// (_IOR('R', 1, struct rex_info) and so on). All need CAP_SYS_ADMIN.
const (
	IoctlMagic   = 'R'
	IoctlInfo    = 1 // _IOR  Info
	IoctlExt     = 2 // _IOWR ExtQuery: look up by Name, ENOENT when absent
	IoctlResume  = 3 // _IOWR ExtQuery: StateStopped -> StateRunning
	IoctlStop    = 4 // _IOWR ExtQuery: StateRunning -> StateStopped
	IoctlNext    = 5 // _IOWR ExtQuery: the extension with the smallest ID above ID; ENOENT at the end
	IoctlHelpers = 6 // _IOWR HelperQuery
)
