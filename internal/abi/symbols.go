// SPDX-License-Identifier: Apache-2.0

package abi

import "strings"

// Symbols that an object refers to and the linker defines.
const (
	// MapPrefix + a map's name is the address of its MapDesc.
	MapPrefix = "rex.map."
	// FieldPrefix + "STRUCT.FIELD" is an absolute symbol whose value is the
	// byte offset of a member in a kernel struct, taken from the target's
	// BTF. Nested members are joined by further dots.
	FieldPrefix = "rex.off."
	// HasPrefix + "STRUCT.FIELD" is an absolute symbol with the value HasField
	// when the target's kernel has the member and NoField when it has not. In
	// an object that refers to it, the FieldPrefix symbol of a missing member
	// is FieldMissing; otherwise a missing member is an error of the linker.
	HasPrefix = "rex.has."
	// CPUSymbol is rex.ko's per-CPU CPU struct (LLVM address space 256).
	CPUSymbol = "rex_cpu"
)

// Values of symbols that begin with HasPrefix; neither is zero, which LLVM
// takes no symbol's address to be.
const (
	NoField  = 1
	HasField = 2
)

// FieldMissing is the offset of a member that the target has not got. No
// struct is so large.
const FieldMissing = 0xffff

// MapSymbol returns the symbol of a map's descriptor.
func MapSymbol(name string) string { return MapPrefix + name }

// FieldSymbol returns the symbol of a kernel struct member's offset.
func FieldSymbol(structName, field string) string { return FieldPrefix + structName + "." + field }

// HasSymbol returns the symbol that tells whether a kernel struct has a member.
func HasSymbol(structName, field string) string { return HasPrefix + structName + "." + field }

// SplitField takes a FieldSymbol apart.
func SplitField(sym string) (structName, field string, ok bool) {
	return splitField(sym, FieldPrefix)
}

// SplitHas takes a HasSymbol apart.
func SplitHas(sym string) (structName, field string, ok bool) {
	return splitField(sym, HasPrefix)
}

func splitField(sym, prefix string) (structName, field string, ok bool) {
	rest, ok := strings.CutPrefix(sym, prefix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ".")
}

// CType is the C (and LLVM) type of a parameter or result.
type CType string

const (
	Void CType = "void"
	I32  CType = "i32"
	I64  CType = "i64"
	Ptr  CType = "ptr"
)

// Func describes a function that compiled code may call.
type Func struct {
	// Symbol is the linker name, exported by rex.ko or by the kernel.
	Symbol string
	// Go is the bodiless SDK or runtime-package function that stands for it,
	// as types.Func.FullName prints it; empty when only the compiler calls it.
	Go     string
	Params []CType
	Result CType
	// Kernel marks symbols that the kernel itself exports. rex.ko refers to
	// each of them, so that its __versions section holds their CRCs.
	Kernel bool
	// NoReturn: the call ends the invocation.
	NoReturn bool
	// Quick: takes no longer than a few hundred instructions, whatever its
	// arguments. The linker has every other function called through an entry
	// of rex.ko that polls when it returns (Entry).
	Quick bool
	// Cold: lowered with LLVM's cold and nomerge attributes.
	Cold bool
	// KeepsRegisters: the call changes no register but the flags, and may be
	// made with any alignment of the stack.
	KeepsRegisters bool
	// Doc is one line for docs/abi.md.
	Doc string
}

const (
	rt = "github.com/rex-go/rex/internal/rt."
)

// polledPrefix begins the names of the entries that poll.
const polledPrefix = "rex_polled_"

// Entry is the symbol that a call of the function is linked to. Functions that
// may take long have an entry in rex.ko (kmod/src/polled.S) that calls
// rex_poll when they have returned and Poll is set, so that a program whose
// time is up ends there even if it has no loop.
func (f Func) Entry() string {
	if f.Quick || f.NoReturn {
		return f.Symbol
	}
	return polledPrefix + strings.TrimPrefix(f.Symbol, "rex_")
}

// Funcs lists every function outside the object that compiled code may call.
// The audit refuses an object that refers to anything else. Order is part of
// the ABI hash; append only.
var Funcs = []Func{
	{Symbol: "rex_panic", Params: []CType{I32, I64, I64}, Result: Void, NoReturn: true, Cold: true,
		Doc: "rex_panic(code, a, b) ends the invocation with a PanicCode and its arguments"},
	{Symbol: "rex_panic_text", Params: []CType{I32, Ptr, I64}, Result: Void, NoReturn: true, Cold: true,
		Doc: "rex_panic_text(code, text, len) ends the invocation with a PanicCode and a text"},
	{Symbol: "rex_poll", Result: Void, Cold: true, Quick: true, KeepsRegisters: true,
		Doc: "called at a loop back-edge when CPU.Poll is set; does not return if the budget is used up; keeps every register"},
	{Symbol: "rex_map_lookup", Go: rt + "MapLookup", Params: []CType{Ptr, Ptr}, Result: Ptr,
		Doc: "rex_map_lookup(desc, key) returns the address of the value or NULL"},
	{Symbol: "rex_map_update", Go: rt + "MapUpdate", Params: []CType{Ptr, Ptr, Ptr, I64}, Result: I64,
		Doc: "rex_map_update(desc, key, value, flags) returns 0 or a negative errno"},
	{Symbol: "rex_map_delete", Go: rt + "MapDelete", Params: []CType{Ptr, Ptr}, Result: I64,
		Doc: "rex_map_delete(desc, key) returns 0 or a negative errno"},
	{Symbol: "rex_log", Go: rt + "Log", Params: []CType{I32, Ptr, I64}, Result: Void,
		Doc: "rex_log(level, text, len) writes an EventLog record"},
	{Symbol: "rex_ktime_get_ns", Go: rt + "KtimeGetNS", Result: I64, Quick: true,
		Doc: "CLOCK_MONOTONIC in nanoseconds, NMI-safe"},
	{Symbol: "rex_smp_processor_id", Go: rt + "SMPProcessorID", Result: I32, Quick: true,
		Doc: "the number of the CPU the program runs on"},
	{Symbol: "memcpy", Params: []CType{Ptr, Ptr, I64}, Result: Ptr, Kernel: true, Doc: "kernel's memcpy"},
	{Symbol: "memmove", Params: []CType{Ptr, Ptr, I64}, Result: Ptr, Kernel: true, Doc: "kernel's memmove"},
	{Symbol: "memset", Params: []CType{Ptr, I32, I64}, Result: Ptr, Kernel: true, Doc: "kernel's memset"},
	{Symbol: "memcmp", Params: []CType{Ptr, Ptr, I64}, Result: I32, Kernel: true, Doc: "kernel's memcmp"},
	{Symbol: "rex_map_push", Go: rt + "MapPush", Params: []CType{Ptr, Ptr, I64}, Result: I64,
		Doc: "rex_map_push(desc, value, flags) returns 0 or a negative errno"},
	{Symbol: "rex_map_pop", Go: rt + "MapPop", Params: []CType{Ptr, Ptr}, Result: I64,
		Doc: "rex_map_pop(desc, value) writes the removed value; it returns 0 or a negative errno"},
	{Symbol: "rex_map_peek", Go: rt + "MapPeek", Params: []CType{Ptr, Ptr}, Result: I64,
		Doc: "rex_map_peek(desc, value) writes the value that pop would remove, or tests a Bloom filter; it returns 0 or a negative errno"},
	{Symbol: "rex_map_next_key", Go: rt + "MapNextKey", Params: []CType{Ptr, Ptr, Ptr, I64}, Result: I64,
		Doc: "rex_map_next_key(desc, key, next, n) writes the key after key (NULL: the first); n counts the calls of one iteration, which ends after max_entries; it returns 0 or a negative errno"},
	{Symbol: "rex_ringbuf_reserve", Go: rt + "RingbufReserve", Params: []CType{Ptr, I64}, Result: I64,
		Doc: "rex_ringbuf_reserve(desc, size) returns a handle that the invocation holds, 0 when there is no room"},
	{Symbol: "rex_ringbuf_submit", Go: rt + "RingbufSubmit", Params: []CType{I64, Ptr, I64, I64}, Result: Void,
		Doc: "rex_ringbuf_submit(handle, data, size, flags) copies size bytes, which must be those reserved, and publishes them"},
	{Symbol: "rex_ringbuf_discard", Go: rt + "RingbufDiscard", Params: []CType{I64}, Result: Void,
		Doc: "rex_ringbuf_discard(handle) gives a reservation back"},
	{Symbol: "rex_ringbuf_output", Go: rt + "RingbufOutput", Params: []CType{Ptr, Ptr, I64, I64}, Result: I64,
		Doc: "rex_ringbuf_output(desc, data, size, flags) returns 0 or a negative errno"},
	{Symbol: "rex_lock", Go: rt + "Lock", Params: []CType{Ptr}, Result: Void,
		Doc: "rex_lock(lock) takes a lock in a map value or variable; misuse and deadlock are panics"},
	{Symbol: "rex_unlock", Go: rt + "Unlock", Params: []CType{Ptr}, Result: Void, Quick: true,
		Doc: "rex_unlock(lock) releases a lock that the invocation holds; anything else is a panic"},
	{Symbol: "rex_probe_read_kernel", Go: rt + "ProbeReadKernel", Params: []CType{Ptr, I64, I64}, Result: I64,
		Doc: "rex_probe_read_kernel(dst, size, addr) copies from any address; 0 or a negative errno, with dst zeroed"},
	{Symbol: "rex_probe_read_user", Go: rt + "ProbeReadUser", Params: []CType{Ptr, I64, I64}, Result: I64,
		Doc: "rex_probe_read_user(dst, size, addr) copies from the current task's memory; 0 or a negative errno, with dst zeroed"},
	{Symbol: "rex_probe_read_kernel_str", Go: rt + "ProbeReadKernelStr", Params: []CType{Ptr, I64, I64}, Result: I64,
		Doc: "rex_probe_read_kernel_str(dst, size, addr) copies a string without its zero; its length or a negative errno"},
	{Symbol: "rex_probe_read_user_str", Go: rt + "ProbeReadUserStr", Params: []CType{Ptr, I64, I64}, Result: I64,
		Doc: "rex_probe_read_user_str(dst, size, addr) copies a string without its zero; its length or a negative errno"},
	{Symbol: "rex_current_pid_tgid", Go: rt + "CurrentPIDTGID", Result: I64, Quick: true,
		Doc: "the current task's tgid (high half) and pid (low half) in the initial namespace"},
	{Symbol: "rex_current_uid_gid", Go: rt + "CurrentUIDGID", Result: I64, Quick: true,
		Doc: "the current task's gid (high half) and uid (low half) in the initial namespace"},
	{Symbol: "rex_current_comm", Go: rt + "CurrentComm", Params: []CType{Ptr}, Result: Void, Quick: true,
		Doc: "rex_current_comm(dst) copies the current task's name, 16 bytes, zero-padded"},
	{Symbol: "rex_current_cgroup_id", Go: rt + "CurrentCgroupID", Result: I64, Quick: true,
		Doc: "the id of the current task's cgroup in the default hierarchy"},
	{Symbol: "rex_current_start_time", Go: rt + "CurrentStartTime", Result: I64, Quick: true,
		Doc: "when the current task was started, CLOCK_BOOTTIME in nanoseconds"},
	{Symbol: "rex_ktime_get_boot_ns", Go: rt + "KtimeGetBootNS", Result: I64, Quick: true,
		Doc: "CLOCK_BOOTTIME in nanoseconds, NMI-safe"},
	{Symbol: "rex_ktime_get_coarse_ns", Go: rt + "KtimeGetCoarseNS", Result: I64, Quick: true,
		Doc: "CLOCK_MONOTONIC_COARSE in nanoseconds; in NMI CLOCK_MONOTONIC"},
	{Symbol: "rex_jiffies64", Go: rt + "Jiffies64", Result: I64, Quick: true, Doc: "the kernel's tick counter"},
	{Symbol: "rex_get_prandom_u32", Go: rt + "GetPrandomU32", Result: I32, Quick: true, Doc: "a pseudo-random number"},
	{Symbol: "rex_numa_node_id", Go: rt + "NUMANodeID", Result: I32, Quick: true, Doc: "the NUMA node of the CPU the program runs on"},
	{Symbol: "rex_perf_event_counter", Go: rt + "PerfEventCounter", Params: []CType{Ptr, Ptr}, Result: I64,
		Doc: "rex_perf_event_counter(ctx, dst) writes count, time enabled and time running; 0 or a negative errno, with dst zeroed"},
	{Symbol: "rex_skb_writable", Go: rt + "SKBWritable", Params: []CType{Ptr}, Result: I64,
		Doc: "rex_skb_writable(skb) makes the linear part the buffer's own; 0 or a negative errno. What it was before stays readable until the invocation ends"},
	{Symbol: "rex_skb_load_bytes", Go: rt + "SKBLoadBytes", Params: []CType{Ptr, I64, Ptr, I64}, Result: I64,
		Doc: "rex_skb_load_bytes(skb, off, dst, len) copies from anywhere in the packet; 0 or a negative errno, with dst zeroed"},
	{Symbol: "rex_skb_tstamp", Go: rt + "SKBTstamp", Params: []CType{Ptr}, Result: I64, Quick: true,
		Doc: "rex_skb_tstamp(skb) is __sk_buff.tstamp"},
	{Symbol: "rex_skb_set_tstamp", Go: rt + "SKBSetTstamp", Params: []CType{Ptr, I64}, Result: Void, Quick: true,
		Doc: "rex_skb_set_tstamp(skb, nanoseconds) writes __sk_buff.tstamp"},
	{Symbol: "rex_skb_pkt_type", Go: rt + "SKBPktType", Params: []CType{Ptr}, Result: I32, Quick: true,
		Doc: "rex_skb_pkt_type(skb) is __sk_buff.pkt_type"},
	{Symbol: "rex_xdp_adjust_head", Go: rt + "XDPAdjustHead", Params: []CType{Ptr, I64}, Result: I64,
		Doc: "rex_xdp_adjust_head(xdp, delta) moves where the packet begins; 0 or a negative errno"},
	{Symbol: "rex_xdp_adjust_tail", Go: rt + "XDPAdjustTail", Params: []CType{Ptr, I64}, Result: I64,
		Doc: "rex_xdp_adjust_tail(xdp, delta) moves where the packet ends; 0 or a negative errno"},
	{Symbol: "rex_current_task", Go: rt + "CurrentTask", Result: I64, Quick: true,
		Doc: "the address of the current task's struct task_struct, for rex_probe_read_kernel"},
	{Symbol: "rex_override_return", Go: rt + "OverrideReturn", Params: []CType{Ptr, I64}, Result: I64,
		Doc: "rex_override_return(regs, value) makes the probed system call return at once; 0, or -EPERM elsewhere than at a system call's entry"},
	{Symbol: "rex_stack_id", Go: rt + "StackID", Params: []CType{Ptr, Ptr, I64}, Result: I64,
		Doc: "rex_stack_id(ctx, desc, flags) stores the interrupted stack in a stack trace map; its id or a negative errno"},
	{Symbol: "rex_stack_copy", Go: rt + "StackCopy", Params: []CType{Ptr, Ptr, I64, I64}, Result: I64,
		Doc: "rex_stack_copy(ctx, dst, size, flags) writes the interrupted stack's addresses; how many bytes or a negative errno, with the rest of dst zeroed"},
	{Symbol: "rex_skb_store_bytes", Go: rt + "SKBStoreBytes", Params: []CType{Ptr, I64, Ptr, I64, I64}, Result: I64,
		Doc: "rex_skb_store_bytes(skb, off, src, len, flags) copies to anywhere in the packet; 0 or a negative errno"},
	{Symbol: "rex_skb_pull_data", Go: rt + "SKBPullData", Params: []CType{Ptr, I64}, Result: I64,
		Doc: "rex_skb_pull_data(skb, len) makes the first len bytes linear and the packet's own; 0 or a negative errno"},
	{Symbol: "rex_skb_change_head", Go: rt + "SKBChangeHead", Params: []CType{Ptr, I64}, Result: I64,
		Doc: "rex_skb_change_head(skb, len) puts len zero bytes in front of the packet; 0 or a negative errno"},
	{Symbol: "rex_skb_change_tail", Go: rt + "SKBChangeTail", Params: []CType{Ptr, I64}, Result: I64,
		Doc: "rex_skb_change_tail(skb, len) makes the packet len bytes long; 0 or a negative errno"},
	{Symbol: "rex_skb_change_proto", Go: rt + "SKBChangeProto", Params: []CType{Ptr, I32}, Result: I64,
		Doc: "rex_skb_change_proto(skb, proto) changes between IPv4 and IPv6; 0 or a negative errno"},
	{Symbol: "rex_skb_change_type", Go: rt + "SKBChangeType", Params: []CType{Ptr, I32}, Result: I64, Quick: true,
		Doc: "rex_skb_change_type(skb, type) writes __sk_buff.pkt_type; 0 or a negative errno"},
	{Symbol: "rex_skb_adjust_room", Go: rt + "SKBAdjustRoom", Params: []CType{Ptr, I64, I32, I64}, Result: I64,
		Doc: "rex_skb_adjust_room(skb, delta, mode, flags) inserts or removes bytes behind the link-layer or network header; 0 or a negative errno"},
	{Symbol: "rex_skb_vlan_push", Go: rt + "SKBVLANPush", Params: []CType{Ptr, I32, I32}, Result: I64,
		Doc: "rex_skb_vlan_push(skb, proto, tci) adds a VLAN tag; 0 or a negative errno"},
	{Symbol: "rex_skb_vlan_pop", Go: rt + "SKBVLANPop", Params: []CType{Ptr}, Result: I64,
		Doc: "rex_skb_vlan_pop(skb) removes the outermost VLAN tag; 0 or a negative errno"},
	{Symbol: "rex_l3_csum_replace", Go: rt + "L3CsumReplace", Params: []CType{Ptr, I64, I32}, Result: I64,
		Doc: "rex_l3_csum_replace(skb, off, diff) corrects the checksum at off; 0 or a negative errno"},
	{Symbol: "rex_l4_csum_replace", Go: rt + "L4CsumReplace", Params: []CType{Ptr, I64, I32, I64}, Result: I64,
		Doc: "rex_l4_csum_replace(skb, off, diff, flags) corrects a transport checksum at off, also where hardware will compute it; 0 or a negative errno"},
	{Symbol: "rex_csum_update", Go: rt + "CsumUpdate", Params: []CType{Ptr, I32}, Result: I64, Quick: true,
		Doc: "rex_csum_update(skb, diff) corrects the checksum that hardware computed over the packet; 0 or a negative errno"},
	{Symbol: "rex_get_hash_recalc", Go: rt + "GetHashRecalc", Params: []CType{Ptr}, Result: I32,
		Doc: "rex_get_hash_recalc(skb) is the hash of the packet's flow, computed if need be"},
	{Symbol: "rex_set_hash", Go: rt + "SetHash", Params: []CType{Ptr, I32}, Result: Void, Quick: true,
		Doc: "rex_set_hash(skb, hash) sets the hash of the packet's flow"},
	{Symbol: "rex_set_hash_invalid", Go: rt + "SetHashInvalid", Params: []CType{Ptr}, Result: Void, Quick: true,
		Doc: "rex_set_hash_invalid(skb) forgets the hash of the packet's flow"},
	{Symbol: "rex_clone_redirect", Go: rt + "CloneRedirect", Params: []CType{Ptr, I32, I64}, Result: I64,
		Doc: "rex_clone_redirect(skb, ifindex, flags) sends a copy of the packet; 0 or a negative errno"},
	{Symbol: "rex_redirect", Go: rt + "Redirect", Params: []CType{Ptr, I32, I64}, Result: I32, Quick: true,
		Doc: "rex_redirect(skb, ifindex, flags) says where TC_ACT_REDIRECT sends the packet; a verdict"},
	{Symbol: "rex_redirect_peer", Go: rt + "RedirectPeer", Params: []CType{Ptr, I32}, Result: I32, Quick: true,
		Doc: "rex_redirect_peer(skb, ifindex) says that TC_ACT_REDIRECT sends the packet to the interface's peer; a verdict"},
	{Symbol: "rex_redirect_neigh", Go: rt + "RedirectNeigh", Params: []CType{Ptr, I32, Ptr}, Result: I32, Quick: true,
		Doc: "rex_redirect_neigh(skb, ifindex, next hop or NULL) is rex_redirect with the link-layer addresses of the next hop; a verdict"},
	{Symbol: "rex_skb_fib_lookup", Go: rt + "SKBFIBLookup", Params: []CType{Ptr, Ptr, I32}, Result: I64,
		Doc: "rex_skb_fib_lookup(skb, params, flags) looks up a route; a BPF_FIB_LKUP_RET_ code or a negative errno"},
	{Symbol: "rex_xdp_fib_lookup", Go: rt + "XDPFIBLookup", Params: []CType{Ptr, Ptr, I32}, Result: I64,
		Doc: "rex_xdp_fib_lookup(xdp, params, flags) looks up a route; a BPF_FIB_LKUP_RET_ code or a negative errno"},
	{Symbol: "rex_xdp_adjust_meta", Go: rt + "XDPAdjustMeta", Params: []CType{Ptr, I64}, Result: I64,
		Doc: "rex_xdp_adjust_meta(xdp, delta) moves where a packet's metadata begins; 0 or a negative errno"},
	{Symbol: "rex_skb_load_meta", Go: rt + "SKBLoadMeta", Params: []CType{Ptr, Ptr, I64}, Result: I64,
		Doc: "rex_skb_load_meta(skb, dst, len) copies the metadata an XDP program left; its length, at most len are copied"},
	{Symbol: "rex_skb_tstamp_type", Go: rt + "SKBTstampType", Params: []CType{Ptr}, Result: I32, Quick: true,
		Doc: "rex_skb_tstamp_type(skb) is __sk_buff.tstamp_type"},
	{Symbol: "rex_skb_napi_id", Go: rt + "SKBNapiID", Params: []CType{Ptr}, Result: I32, Quick: true,
		Doc: "rex_skb_napi_id(skb) is __sk_buff.napi_id"},
	{Symbol: "rex_task_by_pid", Go: rt + "TaskByPID", Params: []CType{I32}, Result: I64,
		Doc: "rex_task_by_pid(pid) returns a handle of a task that the invocation holds, 0 when there is none"},
	{Symbol: "rex_task_release", Go: rt + "TaskRelease", Params: []CType{I64}, Result: Void,
		Doc: "rex_task_release(handle) gives a task back"},
	{Symbol: "rex_task_info", Go: rt + "GetTaskInfo", Params: []CType{I64, Ptr}, Result: Void,
		Doc: "rex_task_info(handle, dst) fills a TaskInfo in; handle 0 is the current task"},
	{Symbol: "rex_perf_output", Go: rt + "PerfOutput", Params: []CType{Ptr, Ptr, I64, Ptr, I64}, Result: I64,
		Doc: "rex_perf_output(ctx, desc, flags, data, size) writes a sample to the perf event at an index of the map; 0 or a negative errno"},
	{Symbol: "rex_perf_read", Go: rt + "PerfRead", Params: []CType{Ptr, I64, Ptr}, Result: I64,
		Doc: "rex_perf_read(desc, flags, dst) writes count, time enabled and time running of the perf event at an index of the map; 0 or a negative errno, with dst zeroed"},
	{Symbol: "rex_xdp_redirect", Go: rt + "XDPRedirect", Params: []CType{I32}, Result: I32,
		Doc: "rex_xdp_redirect(ifindex) says where a packet goes; XDP_REDIRECT"},
	{Symbol: "rex_xdp_redirect_map", Go: rt + "XDPRedirectMap", Params: []CType{Ptr, I32, I64}, Result: I32,
		Doc: "rex_xdp_redirect_map(desc, key, flags) says where a packet goes; XDP_REDIRECT, or another action when there is no such entry"},
}

// Thunks are the mitigation thunks that compiled code jumps to; the kernel
// exports them and patches the jumps listed in .return_sites and
// .retpoline_sites.
var Thunks = []string{
	"__x86_return_thunk",
	"__x86_indirect_thunk_rax", "__x86_indirect_thunk_rcx", "__x86_indirect_thunk_rdx",
	"__x86_indirect_thunk_rbx", "__x86_indirect_thunk_rbp", "__x86_indirect_thunk_rsi",
	"__x86_indirect_thunk_rdi", "__x86_indirect_thunk_r8", "__x86_indirect_thunk_r9",
	"__x86_indirect_thunk_r10", "__x86_indirect_thunk_r11", "__x86_indirect_thunk_r12",
	"__x86_indirect_thunk_r13", "__x86_indirect_thunk_r14", "__x86_indirect_thunk_r15",
}

// Linker-only symbols: what the linker's own glue (trampolines, init, exit)
// calls in rex.ko, and never compiled code.
var Glue = []Func{
	{Symbol: "rex_enter", Result: Void, Doc: "dispatcher entry; see kmod/dispatch.S for its register convention"},
	{Symbol: "rex_leave", Result: Void, Doc: "dispatcher exit"},
	{Symbol: "rex_ext_register", Params: []CType{Ptr}, Result: I32, Doc: "rex_ext_register(ExtDesc *) from init_module"},
	{Symbol: "rex_ext_unregister", Params: []CType{Ptr}, Result: Void, Doc: "rex_ext_unregister(ExtDesc *) from cleanup_module"},
	{Symbol: "rex_enter_irq", Result: Void, Doc: "dispatcher entry for hooks that may run with interrupts off"},
	{Symbol: "rex_enter_plain", Result: Void, Doc: "rex_enter for an object that does not use its arena"},
}

// FuncBySymbol returns the function with that linker name.
func FuncBySymbol(sym string) (Func, bool) {
	for _, f := range Funcs {
		if f.Symbol == sym {
			return f, true
		}
	}
	return Func{}, false
}

// FuncByGo returns the function that a bodiless Go function stands for.
func FuncByGo(fullName string) (Func, bool) {
	for _, f := range Funcs {
		if f.Go != "" && f.Go == fullName {
			return f, true
		}
	}
	return Func{}, false
}

// Allowed reports whether an object may leave sym undefined.
func Allowed(sym string) bool {
	if sym == CPUSymbol || strings.HasPrefix(sym, MapPrefix) || strings.HasPrefix(sym, FieldPrefix) || strings.HasPrefix(sym, HasPrefix) {
		return true
	}
	if _, ok := FuncBySymbol(sym); ok {
		return true
	}
	for _, t := range Thunks {
		if t == sym {
			return true
		}
	}
	return false
}

// MapKind ties an SDK map type to the kernel's.
type MapKind struct {
	// Name is the SDK type in package rex; "New"+Name is its constructor.
	Name string
	// Type is the enum bpf_map_type (include/uapi/linux/bpf.h).
	Type uint32
	// HasKey: the first type parameter is the key; otherwise the key is a
	// uint32 index.
	HasKey bool
	// PerCPU: user space sees one value for each possible CPU.
	PerCPU bool
	// NoKey: the map has no keys at all (key size 0); its type parameter is
	// the value.
	NoKey bool
	// Bytes: no type parameter; the constructor's argument is a size in
	// bytes, a power of two and a multiple of the page size.
	Bytes bool
	// Prefix: the key in the kernel is a uint32 number of significant bits
	// followed by the key type, which is byte-aligned.
	Prefix bool
	// Exact: values are compared byte by byte, as keys are.
	Exact bool
	// Lock: values may hold a SpinLock.
	Lock bool
	// Flags are the BPF_F_* flags to create it with.
	Flags uint32
	// Fixed, when not 0, is the size in bytes of the values of a kind whose
	// values programs do not see; its keys are uint32 numbers.
	Fixed uint32
	// CPUs: there is one element for each possible CPU, which max_entries 0
	// stands for. The constructor has no argument.
	CPUs bool
}

// MapKinds lists the map types the SDK has; append only.
var MapKinds = []MapKind{
	{Name: "Hash", Type: 1, HasKey: true, Lock: true},
	{Name: "Array", Type: 2, Lock: true},
	{Name: "PerCPUHash", Type: 5, HasKey: true, PerCPU: true},
	{Name: "PerCPUArray", Type: 6, PerCPU: true},
	{Name: "LRUHash", Type: 9, HasKey: true},
	{Name: "LRUPerCPUHash", Type: 10, HasKey: true, PerCPU: true},
	{Name: "LPMTrie", Type: 11, HasKey: true, Prefix: true, Flags: 1}, // BPF_F_NO_PREALLOC is mandatory
	{Name: "Queue", Type: 22, NoKey: true},
	{Name: "Stack", Type: 23, NoKey: true},
	{Name: "RingBuf", Type: 27, NoKey: true, Bytes: true},
	{Name: "BloomFilter", Type: 30, NoKey: true, Exact: true},
	{Name: "StackTrace", Type: 7, Fixed: 8 * StackDepth},
	{Name: "PerfEventArray", Type: 4, Fixed: 4, CPUs: true, Exact: true},
	{Name: "PerfCounters", Type: 4, Fixed: 4, CPUs: true},
	{Name: "DevMap", Type: 14, Fixed: 4},
	{Name: "DevMapHash", Type: 25, Fixed: 4},
	{Name: "CPUMap", Type: 16, Fixed: 4, CPUs: true},
	{Name: "XSKMap", Type: 17, Fixed: 4},
}

// MapKindByName returns the kind with that SDK name.
func MapKindByName(name string) (MapKind, bool) {
	for _, k := range MapKinds {
		if k.Name == name {
			return k, true
		}
	}
	return MapKind{}, false
}
