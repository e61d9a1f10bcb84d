// SPDX-License-Identifier: Apache-2.0
/*
 * What rex.ko is to an extension, in a process: runs program "RexMain" of an
 * object, built into the same executable, for one case number. The GS base of
 * a process is zero, so the per-CPU variable is an ordinary one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

struct rex_cpu {
	uint8_t poll, pad[7];
	uint64_t stack_limit, arena_next, arena_end;
} rex_cpu;

static unsigned case_number;
static size_t arena_size = 1 << 20;

static void finish(int code)
{
	fflush(stdout);
	_exit(code);
}

/* panic lines: "!code a b\n" followed by the text, on standard output. */
void rex_panic(uint32_t code, uint64_t a, uint64_t b)
{
	printf("!%u %llu %llu\n", code, (unsigned long long)a, (unsigned long long)b);
	finish(2);
}

void rex_panic_text(uint32_t code, const char *text, uint64_t len)
{
	printf("!%u 0 0\n", code);
	fwrite(text, 1, len, stdout);
	finish(2);
}

void rex_poll(void)
{
	rex_panic(25, 100, 0);
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

extern uint32_t rex_test_main(void *ctx);
extern uint32_t rex_test_init(void *ctx) __attribute__((weak));

static ucontext_t host, guest;
static int result;

static void new_arena(void)
{
	char *p = mmap(0, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(p, 0xa5, arena_size);
	rex_cpu.arena_next = (uint64_t)p;
	rex_cpu.arena_end = (uint64_t)p + arena_size;
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
	size_t size = 32768, extra = 1 << 20;
	char *stack = mmap(0, size + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct itimerval t = { .it_value = { .tv_usec = 300000 } };

	case_number = atoi(argv[1]);
	/* The room below the limit is what the kernel calls StackReserve. */
	rex_cpu.stack_limit = (uint64_t)stack + extra + 16384;
	memset(stack, 0x5a, size + extra);
	signal(SIGVTALRM, tick);
	setitimer(ITIMER_VIRTUAL, &t, 0);
	getcontext(&guest);
	guest.uc_stack.ss_sp = stack;
	guest.uc_stack.ss_size = size + extra;
	guest.uc_link = &host;
	makecontext(&guest, run, 0);
	swapcontext(&host, &guest);
	finish(result);
}
