// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event records: a ring of fixed slots, written without locks from any
 * context, read by any number of files, each with its own position.
 *
 * A writer takes the next sequence number, which also names its slot, then
 * claims the slot. It is refused only by a writer that has been interrupted
 * in the same slot, a whole ring's length behind; the record is dropped then
 * and its number noted as skipped, so that readers do not wait for it.
 *
 * A reader copies a record and then looks again whether the slot still has
 * the number it wanted. What it misses, because it was slow or because the
 * record was dropped, it reports as one REX_EVENT_LOST record.
 */
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "rex.h"

#define SLOTS 1024	/* a power of two */

struct slot {
	atomic_t busy;		/* a writer is in it */
	u64 seq;		/* of the complete record in it, 0 when none */
	atomic64_t skipped;	/* the number of the last record dropped here */
	struct rex_event ev;
};

static struct slot *ring;
static atomic64_t head;		/* the last sequence number given out */
static DECLARE_WAIT_QUEUE_HEAD(readers);

static void wake_readers(struct irq_work *work)
{
	wake_up_interruptible_all(&readers);
}

static DEFINE_IRQ_WORK(wake_work, wake_readers);

static struct slot *slot_of(u64 seq)
{
	return &ring[seq & (SLOTS - 1)];
}

static u32 this_context(void)
{
	if (in_nmi())
		return REX_CONTEXT_NMI;
	if (in_hardirq())
		return REX_CONTEXT_HARDIRQ;
	if (in_serving_softirq())
		return REX_CONTEXT_SOFTIRQ;
	return REX_CONTEXT_TASK;
}

/**
 * rex_event_begin - start a record
 * @kind: enum rex_event_kind
 *
 * Context: any, preemption off until rex_event_commit().
 * Return: a record with kind, time, CPU and context filled in and everything
 * else zero, to be handed to rex_event_commit(); NULL when it is dropped.
 */
struct rex_event *rex_event_begin(u32 kind)
{
	u64 seq = atomic64_inc_return(&head);
	struct slot *slot = slot_of(seq);
	struct rex_event *ev = &slot->ev;

	if (atomic_cmpxchg_acquire(&slot->busy, 0, 1)) {
		atomic64_set(&slot->skipped, seq);
		return NULL;
	}
	if (READ_ONCE(slot->seq) > seq) {
		/* Overtaken by a whole ring between number and claim. */
		atomic_set_release(&slot->busy, 0);
		return NULL;
	}
	WRITE_ONCE(slot->seq, 0);
	smp_wmb();	/* readers see 0 before any part of the new record */

	memset(ev, 0, sizeof(*ev));
	ev->seq = seq;
	ev->time_nanos = ktime_get_mono_fast_ns();
	ev->kind = kind;
	ev->cpu = raw_smp_processor_id();
	ev->context = this_context();
	if (ev->context == REX_CONTEXT_TASK) {
		ev->pid = task_tgid_nr(current);
		/* Not get_task_comm(): it takes a lock. A torn name is harmless. */
		memcpy(ev->comm, current->comm, sizeof(ev->comm));
		ev->comm[sizeof(ev->comm) - 1] = 0;
	}
	return ev;
}

/**
 * rex_event_program - say which program a record is about
 * @ev: from rex_event_begin()
 * @level: the level that runs it, on this CPU
 *
 * Context: as rex_event_begin().
 */
void rex_event_program(struct rex_event *ev, const struct rex_level *level)
{
	const struct rex_prog_desc *prog = level->prog;
	const struct rex_ext *ext = rex_prog_ext(prog);

	ev->ext_id = ext->id;
	ev->prog = prog->index;
	ev->level = level - this_cpu_ptr(rex_cpu.level);
	memcpy(ev->ext, ext->desc->name, sizeof(ev->ext));
	memcpy(ev->prog_name, prog->name, sizeof(ev->prog_name));
}

/**
 * rex_event_text - set a record's text
 * @ev: from rex_event_begin()
 * @text: @len bytes
 * @len: kept in the record; the text itself is cut at REX_MAX_MESSAGE bytes
 *
 * Context: as rex_event_begin().
 */
void rex_event_text(struct rex_event *ev, const char *text, u64 len)
{
	ev->message_len = min_t(u64, len, U32_MAX);
	memcpy(ev->message, text, min_t(u64, len, sizeof(ev->message)));
}

/**
 * rex_event_commit - publish a record
 * @ev: from rex_event_begin()
 *
 * Context: as rex_event_begin(). Readers are woken from an irq_work, because
 * the wait queue's lock may be held by what we interrupted.
 */
void rex_event_commit(struct rex_event *ev)
{
	struct slot *slot = container_of(ev, struct slot, ev);

	smp_store_release(&slot->seq, ev->seq);
	atomic_set_release(&slot->busy, 0);
	irq_work_queue(&wake_work);
}

/* One open file. */
struct reader {
	struct mutex lock;
	u64 next;		/* the sequence number to read next */
	u64 lost;		/* missed since the last EventLost record */
	struct rex_event ev;
};

enum fetch { FETCH_NONE, FETCH_RECORD, FETCH_MISSED };

static enum fetch probe(const struct reader *r)
{
	const struct slot *slot = slot_of(r->next);
	u64 last = atomic64_read(&head);
	u64 seq;

	if (r->next > last)
		return FETCH_NONE;
	if (last - r->next >= SLOTS)
		return FETCH_MISSED;
	seq = smp_load_acquire(&slot->seq);
	if (seq == r->next)
		return FETCH_RECORD;
	if (seq > r->next || atomic64_read(&slot->skipped) == r->next)
		return FETCH_MISSED;
	return FETCH_NONE;	/* being written */
}

static bool readable(const struct reader *r)
{
	return r->lost || probe(r) != FETCH_NONE;
}

/* Moves past what is gone; fills r->ev and returns true when there is one. */
static bool fetch(struct reader *r)
{
	for (;;) {
		const struct slot *slot = slot_of(r->next);
		u64 last;

		switch (probe(r)) {
		case FETCH_NONE:
			return false;
		case FETCH_MISSED:
			last = atomic64_read(&head);
			if (last - r->next >= SLOTS) {
				r->lost += last - SLOTS + 1 - r->next;
				r->next = last - SLOTS + 1;
			} else {
				r->lost++;
				r->next++;
			}
			continue;
		case FETCH_RECORD:
			memcpy(&r->ev, &slot->ev, sizeof(r->ev));
			smp_rmb();	/* the copy before the second look */
			if (READ_ONCE(slot->seq) != r->next)
				continue;
			return true;
		}
	}
}

static void make_lost(struct reader *r)
{
	memset(&r->ev, 0, sizeof(r->ev));
	r->ev.seq = r->next - 1;
	r->ev.time_nanos = ktime_get_mono_fast_ns();
	r->ev.kind = REX_EVENT_LOST;
	r->ev.cpu = raw_smp_processor_id();
	r->ev.context = REX_CONTEXT_TASK;
	r->ev.args[0] = r->lost;
}

/* One record to user space. Returns 1, 0 when there is none, or -EFAULT. */
static int read_one(struct reader *r, char __user *buf)
{
	bool have = fetch(r);
	bool lost = r->lost;

	/* What was lost comes before what was not; it will be fetched again. */
	if (lost)
		make_lost(r);
	else if (!have)
		return 0;
	if (copy_to_user(buf, &r->ev, sizeof(r->ev)))
		return -EFAULT;
	if (lost)
		r->lost = 0;
	else
		r->next++;
	return 1;
}

/**
 * rex_events_read - read(2) of whole records
 * @file: an open /dev/rex
 * @buf: user memory
 * @size: its size; at least one record's
 *
 * Blocks until there is a record, unless O_NONBLOCK; then returns as many as
 * there are and fit.
 *
 * Context: process, may sleep.
 * Return: bytes read, a multiple of the record size; -EINVAL when @size is
 * too small, -EAGAIN, -ERESTARTSYS, -EFAULT.
 */
ssize_t rex_events_read(struct file *file, char __user *buf, size_t size)
{
	struct reader *r = file->private_data;
	ssize_t done = 0;
	int err = 0;

	if (size < sizeof(r->ev))
		return -EINVAL;
	for (;;) {
		if (mutex_lock_interruptible(&r->lock))
			return -ERESTARTSYS;
		while (size - done >= sizeof(r->ev)) {
			err = read_one(r, buf + done);
			if (err <= 0)
				break;
			done += sizeof(r->ev);
		}
		mutex_unlock(&r->lock);
		if (done)
			return done;
		if (err < 0)
			return err;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(readers, readable(r)))
			return -ERESTARTSYS;
	}
}

/**
 * rex_events_poll - poll(2)
 * @file: an open /dev/rex
 * @wait: see poll_wait()
 *
 * Context: process, may sleep.
 * Return: what the file is ready for.
 */
__poll_t rex_events_poll(struct file *file, poll_table *wait)
{
	struct reader *r = file->private_data;

	poll_wait(file, &readers, wait);
	return readable(r) ? EPOLLIN | EPOLLRDNORM : 0;
}

/**
 * rex_events_llseek - lseek(2), as for /dev/kmsg
 * @file: an open /dev/rex
 * @off: 0
 * @whence: SEEK_SET for the oldest record kept, SEEK_END for none but new
 *
 * Context: process, may sleep.
 * Return: 0, -ESPIPE for another offset, -EINVAL for another whence.
 */
loff_t rex_events_llseek(struct file *file, loff_t off, int whence)
{
	struct reader *r = file->private_data;
	u64 last = atomic64_read(&head);
	u64 next;

	if (off)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET:
		next = last >= SLOTS ? last - SLOTS + 1 : 1;
		break;
	case SEEK_END:
		next = last + 1;
		break;
	default:
		return -EINVAL;
	}
	mutex_lock(&r->lock);
	r->next = next;
	r->lost = 0;
	mutex_unlock(&r->lock);
	return 0;
}

/**
 * rex_events_open - start to read with what is written from now on
 * @file: being opened
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int rex_events_open(struct file *file)
{
	struct reader *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock);
	r->next = atomic64_read(&head) + 1;
	file->private_data = r;
	return 0;
}

/**
 * rex_events_release - undo rex_events_open
 * @file: being closed
 *
 * Context: process.
 */
void rex_events_release(struct file *file)
{
	kfree(file->private_data);
}

/**
 * rex_events_init - allocate the ring
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int rex_events_init(void)
{
	ring = vcalloc(SLOTS, sizeof(*ring));
	return ring ? 0 : -ENOMEM;
}

/**
 * rex_events_exit - free the ring
 *
 * Context: process, may sleep. No file is open and no program runs.
 */
void rex_events_exit(void)
{
	irq_work_sync(&wake_work);
	vfree(ring);
}
