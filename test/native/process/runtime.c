// SPDX-License-Identifier: Apache-2.0
/*
 * What rex.ko is to an extension, in a process. The object's program and
 * package initialisation are linked in as rex_test_main and rex_test_init. The
 * GS base of a process is zero, so the per-CPU variable is an ordinary one.
 *
 * Arguments: case number, milliseconds of processor time until polls end the
 * program (0: never), arena in KiB, stack in KiB. What the program logs goes to
 * standard output. An end by panic is reported on standard error, exit status 2:
 *
 *	!CODE A B FRAME...\n
 *	TEXT
 *
 * where frames are return addresses relative to rex_test_main, innermost
 * first. A fault of the machine ends the process with status 86.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

struct rex_cpu {
	uint8_t poll, pad[7];
	uint64_t stack_limit, arena_next, arena_end;
} rex_cpu;

/* The part of the stack that is for what the program calls outside itself. */
#define RESERVE 131072

static uint32_t case_number;
static uint64_t budget_millis, arena_size, stack_size;
static char *stack;

extern uint32_t rex_test_main(void *ctx);
extern uint32_t rex_test_init(void *ctx) __attribute__((weak));

static void finish(int code)
{
	fflush(stdout);
	fflush(stderr);
	_exit(code);
}

static void report(uint32_t code, uint64_t a, uint64_t b, uint64_t *fp)
{
	char *top = stack + stack_size;

	fflush(stdout);
	fprintf(stderr, "!%u %llu %llu", code, (unsigned long long)a, (unsigned long long)b);
	for (int i = 0; i < 64 && (char *)fp >= stack && (char *)fp < top - 16; i++) {
		fprintf(stderr, " %lld", (long long)(fp[1] - (uint64_t)rex_test_main));
		if (fp[0] <= (uint64_t)fp)
			break;
		fp = (uint64_t *)fp[0];
	}
	fputc('\n', stderr);
}

void rex_panic(uint32_t code, uint64_t a, uint64_t b)
{
	report(code, a, b, __builtin_frame_address(0));
	finish(2);
}

void rex_panic_text(uint32_t code, const char *text, uint64_t len)
{
	report(code, 0, 0, __builtin_frame_address(0));
	fwrite(text, 1, len, stderr);
	finish(2);
}

/* Called with any alignment of the stack. */
__attribute__((force_align_arg_pointer)) void rex_poll(void)
{
	report(25, budget_millis, 0, __builtin_frame_address(0));
	finish(2);
}

void rex_log(uint32_t level, const char *text, uint64_t len)
{
	fwrite(text, 1, len, stdout);
}

uint64_t rex_ktime_get_ns(void) { return 0; }
uint32_t rex_smp_processor_id(void) { return case_number; }
void *rex_map_lookup(void *desc, void *key) { return 0; }
int64_t rex_map_update(void *desc, void *key, void *value, uint64_t flags) { return -22; }
int64_t rex_map_delete(void *desc, void *key) { return -2; }

static void tick(int sig) { rex_cpu.poll = 1; }

static void fault(int sig, siginfo_t *info, void *uc)
{
	ucontext_t *c = uc;

	fflush(stdout);
	fprintf(stderr, "fault: signal %d at %p, code at %lld\n", sig, info->si_addr,
		(long long)(c->uc_mcontext.gregs[REG_RIP] - (uint64_t)rex_test_main));
	finish(86);
}

static ucontext_t host, guest;
static int result;

static void *bytes(uint64_t size)
{
	void *p = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		finish(87);
	}
	/* What nobody has written must not look like zeros. */
	memset(p, 0xa5, size < (1 << 20) ? size : (1 << 20));
	return p;
}

static void new_arena(void)
{
	rex_cpu.arena_next = (uint64_t)bytes(arena_size);
	rex_cpu.arena_end = rex_cpu.arena_next + arena_size;
}

static void run(void)
{
	static uint64_t ctx[32];

	if (rex_test_init) {
		new_arena();
		rex_test_init(0);
	}
	new_arena();
	result = rex_test_main(ctx);
}

int main(int argc, char **argv)
{
	static char alt[65536];
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt };
	struct sigaction sa = { .sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct itimerval t = { };

	if (argc != 5)
		return 87;
	case_number = strtoul(argv[1], 0, 10);
	budget_millis = strtoul(argv[2], 0, 10);
	arena_size = strtoull(argv[3], 0, 10) << 10;
	stack_size = (strtoull(argv[4], 0, 10) << 10) + RESERVE;
	stack = bytes(stack_size);
	/* The part that is used first. */
	memset(stack + stack_size - 32768, 0x5a, 32768);
	rex_cpu.stack_limit = (uint64_t)stack + RESERVE;
	sigaltstack(&ss, 0);
	sigaction(SIGSEGV, &sa, 0);
	sigaction(SIGBUS, &sa, 0);
	sigaction(SIGFPE, &sa, 0);
	sigaction(SIGILL, &sa, 0);
	signal(SIGVTALRM, tick);
	t.it_value.tv_sec = budget_millis / 1000;
	t.it_value.tv_usec = budget_millis % 1000 * 1000;
	setitimer(ITIMER_VIRTUAL, &t, 0);
	getcontext(&guest);
	guest.uc_stack.ss_sp = stack;
	guest.uc_stack.ss_size = stack_size;
	guest.uc_link = &host;
	makecontext(&guest, run, 0);
	swapcontext(&host, &guest);
	finish(result);
}
