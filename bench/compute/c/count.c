// SPDX-License-Identifier: Apache-2.0
/*
 * Counts the instructions of one kernel by single-stepping it: the trap flag
 * is set around the call. Prints the count and the kernel's result.
 *
 *	count go|c NUMBER [fast]
 *
 * With fast, nothing is counted.
 *
 * The object's programs and package initialisation are rex_program_NUMBER and
 * rex_test_init. What stands in for rex.ko is the least that the kernels need.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

struct {
	uint8_t poll, pad[7];
	uint64_t stack_limit, arena_next, arena_end;
} rex_cpu;

static uint64_t count, result;
static int number;

#define PROGRAMS X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define X(n) extern uint32_t rex_program_##n(void *);
PROGRAMS
#undef X
#define X(n) rex_program_##n,
static uint32_t (*const programs[])(void *) = { PROGRAMS };
extern uint32_t rex_test_init(void *) __attribute__((weak));
extern void kernels_init(void);
extern uint64_t kernel(int);

void rex_panic(uint32_t code, uint64_t a, uint64_t b)
{
	fprintf(stderr, "panic %u %llu %llu\n", code, (unsigned long long)a, (unsigned long long)b);
	_exit(2);
}
void rex_panic_text(uint32_t code, const char *text, uint64_t n) { rex_panic(code, 0, 0); }
void rex_poll(void) { }

static int fast;

static void set(int on)
{
	if (fast)
		return;
	if (on)
		asm volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
	else
		asm volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
}

/* The program prints its result at the end: what follows is not counted. */
void rex_log(uint32_t level, const char *text, uint64_t n)
{
	set(0);
	result = strtoull(text, 0, 10);
}
uint64_t rex_ktime_get_ns(void) { return 0; }
uint32_t rex_smp_processor_id(void) { return number; }
void *rex_map_lookup(void *d, void *k) { return 0; }
int64_t rex_map_update(void *d, void *k, void *v, uint64_t f) { return -22; }
int64_t rex_map_delete(void *d, void *k) { return -2; }

static void step(int sig, siginfo_t *info, void *uc) { count++; }

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };
	static uint64_t ctx[32];
	char *arena = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (argc < 3)
		return 87;
	fast = argc > 3;
	number = atoi(argv[2]);
	rex_cpu.arena_next = (uint64_t)arena;
	rex_cpu.arena_end = rex_cpu.arena_next + (1 << 20);
	sigaction(SIGTRAP, &sa, 0);
	if (!strcmp(argv[1], "go")) {
		if (rex_test_init)
			rex_test_init(0);
		set(1);
		programs[number](ctx);
		set(0);
	} else {
		kernels_init();
		set(1);
		result = kernel(number);
		set(0);
	}
	printf("%llu %llu\n", (unsigned long long)count, (unsigned long long)result);
	return 0;
}
