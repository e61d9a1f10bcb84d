// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of an extension's descriptor, before anything is done with it. They
 * catch a linker and a rex.ko that do not fit together, and damaged
 * descriptors; the extension's code is trusted as far as the object's audit
 * and the signature go.
 */
#include <linux/btf.h>
#include <linux/btf_ids.h>

#include "rex.h"

/* Largest arena a program may ask for. */
#define ARENA_MAX (16U << 20)

static bool inside(const struct module *mod, u64 addr, u64 size)
{
	return addr && size && addr + size > addr && within_module(addr, mod) &&
	       within_module(addr + size - 1, mod);
}

static bool name_ok(const char *name, size_t size)
{
	return name[0] && strnlen(name, size) < size;
}

static int check_versions(const struct rex_ext_desc *desc)
{
	if (desc->abi_version == REX_ABI_VERSION && desc->abi_hash == REX_ABI_HASH)
		return 0;
	pr_err("extension has ABI %u:%016llx, this rex.ko has %s\n",
	       desc->abi_version, desc->abi_hash, REX_ABI_MODINFO);
	return -ENOEXEC;
}

static int check_tables(const struct rex_ext_desc *desc, const struct module *mod)
{
	if (!name_ok(desc->name, sizeof(desc->name)))
		return -EINVAL;
	if (!desc->num_progs || desc->num_progs > REX_MAX_PROGRAMS ||
	    desc->num_maps > REX_MAX_MAPS)
		return -E2BIG;
	if (!inside(mod, desc->progs, desc->num_progs * sizeof(struct rex_prog_desc)))
		return -EFAULT;
	if (desc->num_maps &&
	    !inside(mod, desc->maps, desc->num_maps * sizeof(struct rex_map_desc)))
		return -EFAULT;
	if (desc->text_end <= desc->text_start ||
	    !inside(mod, desc->text_start, desc->text_end - desc->text_start))
		return -EFAULT;
	if (desc->init && !inside(mod, desc->init, 1))
		return -EFAULT;
	return 0;
}

static int check_prog(const struct rex_ext_desc *desc, u32 i)
{
	const struct rex_prog_desc *prog = &rex_ext_progs(desc)[i];
	bool init = prog->type == REX_PROGRAM_INIT;

	if (!name_ok(prog->name, sizeof(prog->name)) || prog->index != i)
		return -EINVAL;
	if (prog->type == REX_PROGRAM_INVALID || prog->type > REX_PROGRAM_KRETPROBE)
		return -EINVAL;
	if (init != (desc->init && i == desc->num_progs - 1))
		return -EINVAL;
	if (prog->on_panic != REX_POLICY_STOP && prog->on_panic != REX_POLICY_CONTINUE)
		return -EINVAL;
	if (!prog->budget_nanos || prog->arena_bytes > ARENA_MAX || prog->arena_bytes % 16)
		return -EINVAL;
	if (prog->stack_bytes > REX_STACK_PROGRAM)
		return -EINVAL;
	if (prog->entry < desc->text_start || prog->entry >= desc->text_end)
		return -EFAULT;
	return 0;
}

/*
 * The kernel only warns when it finds no BTF for a module that registers
 * kfuncs; then no stub could ever be loaded. So insist.
 */
static int check_kfuncs(const struct rex_ext_desc *desc, const struct module *mod)
{
	const struct btf_id_set8 *set = (const void *)(uintptr_t)desc->kfuncs;

	if (!inside(mod, desc->kfuncs, sizeof(*set)))
		return -EFAULT;
	if (!set->cnt || set->cnt > desc->num_progs || !(set->flags & BTF_SET8_KFUNCS) ||
	    !inside(mod, desc->kfuncs, sizeof(*set) + set->cnt * sizeof(set->pairs[0])))
		return -EINVAL;
#ifdef CONFIG_DEBUG_INFO_BTF_MODULES
	if (!mod->btf_data_size) {
		pr_err("extension %s has no BTF, no program could call it\n", desc->name);
		return -ENOENT;
	}
	return 0;
#else
	pr_err("this kernel has no BTF for modules\n");
	return -EOPNOTSUPP;
#endif
}

/**
 * rex_check_desc - check an extension's descriptor
 * @desc: in the calling kernel module's data
 *
 * Context: any.
 * Return: 0, -ENOEXEC for another ABI, -EFAULT for a pointer outside of the
 * kernel module, -EINVAL, -E2BIG, -ENOENT or -EOPNOTSUPP.
 */
int rex_check_desc(const struct rex_ext_desc *desc)
{
	const struct module *mod = (const struct module *)(uintptr_t)desc->this;
	int err;
	u32 i;

	err = check_versions(desc);
	if (err)
		return err;
	if (!mod || !inside(mod, (uintptr_t)mod, sizeof(*mod)) ||
	    !inside(mod, (uintptr_t)desc, sizeof(*desc)))
		return -EFAULT;
	err = check_tables(desc, mod);
	if (err) {
		pr_err("%s: bad descriptor\n", mod->name);
		return err;
	}
	for (i = 0; i < desc->num_progs; i++) {
		err = check_prog(desc, i);
		if (err) {
			pr_err("%s: bad descriptor of program %u\n", desc->name, i);
			return err;
		}
	}
	return check_kfuncs(desc, mod);
}
