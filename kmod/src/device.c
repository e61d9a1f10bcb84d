// SPDX-License-Identifier: GPL-2.0-only
/* /dev/rex: events by read(2), control by ioctl(2). */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "rex_res.h"

static int device_open(struct inode *inode, struct file *file)
{
	if (!capable(CAP_SYS_ADMIN) && !capable(CAP_BPF))
		return -EPERM;
	return rex_events_open(file);
}

static int device_release(struct inode *inode, struct file *file)
{
	rex_events_release(file);
	return 0;
}

static ssize_t device_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	return rex_events_read(file, buf, size);
}

static long ioctl_info(void __user *arg)
{
	struct rex_info info = {
		.abi_version = REX_ABI_VERSION,
		.abi_hash = REX_ABI_HASH,
		.tick_nanos = REX_TICK_NANOS,
	};

	mutex_lock(&rex_ext_mutex);
	info.num_exts = rex_ext_number();
	mutex_unlock(&rex_ext_mutex);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long ioctl_query(unsigned int cmd, void __user *arg)
{
	struct rex_ext_query query;
	struct rex_ext *ext;

	if (copy_from_user(&query, arg, sizeof(query)))
		return -EFAULT;
	query.name[sizeof(query.name) - 1] = 0;

	mutex_lock(&rex_ext_mutex);
	ext = cmd == REX_IOC_NEXT ? rex_ext_after(query.id) : rex_ext_find(query.name);
	if (ext) {
		if (cmd == REX_IOC_STOP || cmd == REX_IOC_RESUME)
			rex_ext_set_stopped(ext, cmd == REX_IOC_STOP);
		rex_ext_query(ext, &query);
	}
	mutex_unlock(&rex_ext_mutex);

	if (!ext)
		return -ENOENT;
	return copy_to_user(arg, &query, sizeof(query)) ? -EFAULT : 0;
}

static long ioctl_helpers(void __user *arg)
{
	struct rex_helper_query query;
	int err;

	if (copy_from_user(&query, arg, sizeof(query)))
		return -EFAULT;
	if (query.prog_fd != -1) {
		err = rex_bpf_take(query.prog_fd, query.prog_type);
		if (err)
			return err;
	}
	query.have = rex_bpf_helpers();
	return copy_to_user(arg, &query, sizeof(query)) ? -EFAULT : 0;
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case REX_IOC_INFO:
		return ioctl_info((void __user *)arg);
	case REX_IOC_EXT:
	case REX_IOC_RESUME:
	case REX_IOC_STOP:
	case REX_IOC_NEXT:
		return ioctl_query(cmd, (void __user *)arg);
	case REX_IOC_HELPERS:
		return ioctl_helpers((void __user *)arg);
	}
	return -ENOTTY;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.poll = rex_events_poll,
	.llseek = rex_events_llseek,
	.unlocked_ioctl = device_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "rex",
	.fops = &device_fops,
	.mode = 0600,
};

static_assert(sizeof(REX_DEVICE_PATH) == sizeof("/dev/rex"));

/**
 * rex_device_init - make /dev/rex
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno.
 */
int rex_device_init(void)
{
	return misc_register(&device);
}

/**
 * rex_device_exit - remove /dev/rex
 *
 * Context: process, may sleep. No file is open: each would hold a reference
 * on this module.
 */
void rex_device_exit(void)
{
	misc_deregister(&device);
}
