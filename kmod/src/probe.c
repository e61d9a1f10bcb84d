// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading memory that may not be there. A program's own memory is proved to
 * be; what it finds behind an address in a register or in a kernel struct is
 * not.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "rex.h"

/**
 * rex_probe_read_kernel - copy from any kernel address
 * @dst: @size bytes of the program's memory
 * @size: how many bytes
 * @addr: any number
 *
 * Context: any, NMI included. A bad address is a fault that is caught.
 * Return: 0, or -EFAULT or -ERANGE with @dst zeroed.
 */
u64 rex_probe_read_kernel(void *dst, u64 size, u64 addr)
{
	long err = copy_from_kernel_nofault(dst, (const void *)(uintptr_t)addr, size);

	if (err)
		memset(dst, 0, size);
	return err;
}
EXPORT_SYMBOL_GPL(rex_probe_read_kernel);

/**
 * rex_probe_read_user - copy from the current task's memory
 * @dst: @size bytes of the program's memory
 * @size: how many bytes
 * @addr: any number
 *
 * Context: any, NMI included. Pages that are not present are not brought in:
 * that would sleep.
 * Return: 0, or -EFAULT with @dst zeroed.
 */
u64 rex_probe_read_user(void *dst, u64 size, u64 addr)
{
	long err = copy_from_user_nofault(dst, (const void __user *)(uintptr_t)addr, size);

	if (err)
		memset(dst, 0, size);
	return err;
}
EXPORT_SYMBOL_GPL(rex_probe_read_user);

/*
 * Copies up to the string's end. What is read at a time never reaches into a
 * page that the string itself may not reach into.
 */
static s64 read_string(char *dst, u64 size, u64 addr, u64 (*read)(void *, u64, u64))
{
	u64 done = 0;

	while (done < size) {
		u64 left = PAGE_SIZE - offset_in_page(addr + done);
		u64 n = min3(size - done, left, (u64)64);
		char *end;

		if ((s64)read(dst + done, n, addr + done)) {
			memset(dst, 0, done);
			return -EFAULT;
		}
		end = memchr(dst + done, 0, n);
		if (end) {
			/* What stands behind the string is not the program's business. */
			memset(end, 0, dst + done + n - end);
			return end - dst;
		}
		done += n;
	}
	return size;
}

/**
 * rex_probe_read_kernel_str - copy a zero-terminated string
 * @dst: @size bytes of the program's memory
 * @size: how many bytes at most
 * @addr: any number
 *
 * Context: as rex_probe_read_kernel().
 * Return: the length without the zero, @size when the string is at least
 * that long (it is cut then); -EFAULT, with what was written zeroed.
 */
u64 rex_probe_read_kernel_str(void *dst, u64 size, u64 addr)
{
	return read_string(dst, size, addr, rex_probe_read_kernel);
}
EXPORT_SYMBOL_GPL(rex_probe_read_kernel_str);

/**
 * rex_probe_read_user_str - copy a zero-terminated string of the current task
 * @dst: @size bytes of the program's memory
 * @size: how many bytes at most
 * @addr: any number
 *
 * Context: as rex_probe_read_user().
 * Return: as rex_probe_read_kernel_str().
 */
u64 rex_probe_read_user_str(void *dst, u64 size, u64 addr)
{
	return read_string(dst, size, addr, rex_probe_read_user);
}
EXPORT_SYMBOL_GPL(rex_probe_read_user_str);
