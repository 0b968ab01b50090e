/* allocs - counts who allocates in a program that runs: preloaded, by caller and by the program's
 * own function that it works for.
 *
 *   LD_PRELOAD=liballocs.so ALLOCS_FROM=5 ALLOCS_FOR=5 ALLOCS_TO=/tmp/x program
 *      from the 5th to the 10th second
 *
 * Writes lines "COUNT BYTES MODULE+OFFSET PROGRAM+OFFSET" (the caller; the innermost frame that is
 * the program's; "-": none), for addr2line. Each one's stack is walked, which is slow: times that
 * are measured meanwhile mean nothing.
 * Thread  any.   Full  callers beyond 4096 are counted as one.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALLERS = 4096, DEPTH = 24, SKIP = 3 /* backtrace, note, malloc itself */ };

struct caller {
	uintptr_t at, program;
	unsigned long count, bytes;
};

static void *(*real_malloc)(size_t), *(*real_calloc)(size_t, size_t),
	*(*real_realloc)(void *, size_t), *(*real_aligned)(size_t, size_t);
static int (*real_posix)(void **, size_t, size_t);
static struct caller callers[CALLERS + 1];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool on;
static uintptr_t program_from, program_to;
static _Thread_local bool inside;

static struct caller *find(uintptr_t at, uintptr_t program)
{
	size_t i = (at ^ program * 31) / 16 % CALLERS;
	for (size_t n = 0; n < CALLERS; n++, i = (i + 1) % CALLERS) {
		struct caller *c = &callers[i];
		if (!c->count) *c = (struct caller){at, program, 0, 0};
		if (c->at == at && c->program == program) return c;
	}
	return &callers[CALLERS];
}

static __attribute__((noinline)) void note(size_t bytes)
{
	void *frame[DEPTH];
	if (!atomic_load_explicit(&on, memory_order_relaxed) || inside) return;
	inside = true;
	int n = backtrace(frame, DEPTH);
	uintptr_t at = n > SKIP - 1 ? (uintptr_t)frame[SKIP - 1] : 0, program = 0;
	for (int i = SKIP - 1; i < n && !program; i++)
		if ((uintptr_t)frame[i] >= program_from && (uintptr_t)frame[i] < program_to)
			program = (uintptr_t)frame[i];
	pthread_mutex_lock(&lock);
	struct caller *c = find(at, program);
	c->count++;
	c->bytes += bytes;
	pthread_mutex_unlock(&lock);
	inside = false;
}

/* libdl itself asks for memory while it looks for calloc. */
static void *early_calloc(size_t bytes)
{
	static _Alignas(16) char room[4096];
	static size_t used;
	void *p = room + used;
	used += (bytes + 15) & ~(size_t)15;
	return used <= sizeof room ? p : NULL;
}

static void find_real(void)
{
	static bool looking;
	if (looking) return;
	looking = true;
	real_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	real_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	real_aligned = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
	real_posix = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
	real_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
}

void *malloc(size_t bytes)
{
	if (!real_malloc) find_real();
	note(bytes);
	return real_malloc(bytes);
}

void *calloc(size_t n, size_t bytes)
{
	if (!real_calloc) find_real();
	if (!real_calloc) return early_calloc(n * bytes);
	note(n * bytes);
	return real_calloc(n, bytes);
}

void *realloc(void *p, size_t bytes)
{
	if (!real_realloc) find_real();
	note(bytes);
	return real_realloc(p, bytes);
}

void *aligned_alloc(size_t align, size_t bytes)
{
	if (!real_aligned) find_real();
	note(bytes);
	return real_aligned(align, bytes);
}

int posix_memalign(void **out, size_t align, size_t bytes)
{
	if (!real_posix) find_real();
	note(bytes);
	return real_posix(out, align, bytes);
}

/* ---- the report */

static void print_place(FILE *f, uintptr_t at)
{
	Dl_info info;
	if (at && dladdr((void *)at, &info) && info.dli_fname)
		fprintf(f, " %s+%#lx", info.dli_fname,
			(unsigned long)(at - 1 -
				(uintptr_t)info.dli_fbase)); /* in the call, not behind it */
	else
		fprintf(f, " -");
}

static void report(const char *path)
{
	FILE *f = path ? fopen(path, "w") : stderr;
	for (size_t i = 0; f && i <= CALLERS; i++) {
		if (!callers[i].count) continue;
		fprintf(f, "%lu %lu", callers[i].count, callers[i].bytes);
		print_place(f, callers[i].at);
		print_place(f, callers[i].program);
		fputc('\n', f);
	}
	if (f && f != stderr) fclose(f);
}

static void wait_s(const char *name)
{
	struct timespec ts = {getenv(name) ? atoi(getenv(name)) : 5, 0};
	nanosleep(&ts, NULL);
}

static void *watch(void *arg)
{
	inside = true;
	wait_s("ALLOCS_FROM");
	atomic_store(&on, true);
	wait_s("ALLOCS_FOR");
	atomic_store(&on, false);
	nanosleep(&(struct timespec){0, 50000000}, NULL);
	report(getenv("ALLOCS_TO"));
	return arg;
}

static int find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size, (void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X)) continue;
		program_from = info->dlpi_addr + p->p_vaddr;
		program_to = program_from + p->p_memsz;
	}
	return 1; /* the first is the program */
}

static __attribute__((constructor)) void begin(void)
{
	pthread_t thread;
	void *warm[2];
	if (!real_malloc) find_real();
	backtrace(warm, 2); /* loads libgcc */
	dl_iterate_phdr(find_program, NULL);
	pthread_create(&thread, NULL, watch, NULL);
	pthread_detach(thread);
}
