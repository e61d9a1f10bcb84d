// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers of BPF that the kernel does not export. User space loads a BPF
 * program that calls them; the verifier decides, as for any program, whether
 * its type may. The addresses are then in the program's call instructions
 * (fixup_bpf_calls in kernel/bpf/verifier.c), and calling them from here is a
 * direct call that is patched in once.
 */
#include <linux/filter.h>
#include <linux/kallsyms.h>
#include <linux/mutex.h>
#include <linux/static_call.h>

#include "rex_res.h"

#define DEFINE(name) DEFINE_STATIC_CALL_RET0(rex_##name, *(rex_bpf_fn *)NULL);
REX_BPF_HELPERS(DEFINE)

/* Bit i: helper i has its address. Written under the mutex. */
static u64 have;
static DEFINE_MUTEX(take_mutex);

static_assert(REX_NUM_BPF_HELPERS <= 64);

static const char *const names[] = {
#define NAME(name) #name,
	REX_BPF_HELPERS(NAME)
};

static void update(enum rex_bpf_helper helper, rex_bpf_fn *fn)
{
	switch (helper) {
#define CASE(name)								\
	case REX_HELPER_##name:							\
		static_call_update(rex_##name, fn);				\
		break;
	REX_BPF_HELPERS(CASE)
	case REX_NUM_BPF_HELPERS:
		break;
	}
}

/*
 * Whether an address is the first of the kernel's own function of that name.
 * sprint_symbol writes "name+0x0/0xsize", and " [module]" for a module's.
 */
static bool is_symbol(unsigned long addr, const char *name)
{
	char *buf = kmalloc(KSYM_SYMBOL_LEN, GFP_KERNEL);
	size_t len = strlen(name);
	bool ok;

	if (!buf)
		return false;
	sprint_symbol(buf, addr);
	ok = !strncmp(buf, name, len) && !strncmp(buf + len, "+0x0/", 5) && !strchr(buf, '[');
	kfree(buf);
	return ok;
}

static void take(unsigned long addr)
{
	int i;

	for (i = 0; i < REX_NUM_BPF_HELPERS; i++) {
		if (!(have & BIT_ULL(i)) && is_symbol(addr, names[i])) {
			update(i, (rex_bpf_fn *)addr);
			WRITE_ONCE(have, have | BIT_ULL(i));
		}
	}
}

/**
 * rex_bpf_take - take the addresses of BPF helpers from a program
 * @fd: a BPF program of the current process
 * @type: its enum bpf_prog_type
 *
 * What a program may be made to say here is limited to what is true: an
 * address is taken only as the one of the function that the kernel's symbol
 * table says begins there.
 *
 * Context: process, may sleep.
 * Return: 0, -EBADF or -EINVAL when @fd is not a program of that type, -EPERM
 * when its instructions are not the verified ones (it was not compiled).
 */
int rex_bpf_take(u32 fd, u32 type)
{
	struct bpf_prog *prog = bpf_prog_get_type_dev(fd, type, false);
	u32 i;

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	if (!prog->jited) {
		bpf_prog_put(prog);
		return -EPERM;
	}
	mutex_lock(&take_mutex);
	for (i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insnsi[i];

		/* src_reg tells helpers from kfuncs and local functions. */
		if (insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg)
			take((unsigned long)__bpf_call_base + insn->imm);
		else if (insn->code == (BPF_LD | BPF_IMM | BPF_DW))
			i++;	/* its second half is no instruction */
	}
	mutex_unlock(&take_mutex);
	bpf_prog_put(prog);
	return 0;
}

/**
 * rex_bpf_helpers - which helpers have their address
 *
 * Context: any.
 * Return: bit enum rex_bpf_helper for each.
 */
u64 rex_bpf_helpers(void)
{
	return READ_ONCE(have);
}
