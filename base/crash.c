#include "base/crash.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_line.h"
#include "base/sanitizer.h"
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STACK_BYTES = 128 * 1024, FRAMES_MAX = 64, LINE_MAX_BYTES = 512 };

static const struct {
	int number;
	const char *name;
} deaths[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"},
	{SIGABRT, "SIGABRT"}};

/* ---- a line, made without the C library's printf */

struct line {
	char s[LINE_MAX_BYTES];
	size_t len;
	int json;
};

static void put(struct line *line, const char *text)
{
	while (*text && line->len < sizeof(line->s) - 4) line->s[line->len++] = *text++;
}

/* `name="value"` or `,"name":"value"`; what cannot stand in quotes becomes a question mark. */
static void put_pair(struct line *line, const char *name, const char *value)
{
	put(line, line->json ? ",\"" : " ");
	put(line, name);
	put(line, line->json ? "\":\"" : "=\"");
	for (; *value && line->len < sizeof(line->s) - 8; value++) {
		const char c = *value > ' ' && *value < 0x7f && *value != '"' && *value != '\\'
			? *value
			: '?';
		line->s[line->len++] = c;
	}
	put(line, "\"");
}

static const char *hex(char out[20], uintptr_t value)
{
	char *at = out + 19;
	*at = '\0';
	do *--at = "0123456789abcdef"[value % 16];
	while (value /= 16);
	*--at = 'x';
	*--at = '0';
	return at;
}

static const char *decimal(char out[20], long value)
{
	char *at = out + 19;
	*at = '\0';
	do *--at = (char)('0' + value % 10);
	while (value /= 10);
	return at;
}

static void begin(struct line *line, const char *event)
{
	char time[TS_LOG_TIME_MAX];
	line->len = 0;
	line->json = ts_log_is_json();
	ts_log_time(time, ts_unix_ms_from_ns(ts_now_ns()));
	put(line, line->json ? "{\"ts\":\"" : "ts=");
	put(line, time);
	put(line, line->json ? "\",\"level\":\"error\"" : " level=error");
	put_pair(line, "event", event);
}

static void end(struct line *line)
{
	if (line->json) line->s[line->len++] = '}';
	line->s[line->len++] = '\n';
	for (size_t done = 0; done < line->len;) {
		ssize_t n = write(STDERR_FILENO, line->s + done, line->len - done);
		if (n < 0 && errno != EINTR) return;
		if (n > 0) done += (size_t)n;
	}
}

/* ---- what is told */

static void tell_signal(int number, const siginfo_t *info)
{
	struct line line;
	char text[20], name[17] = "";
	begin(&line, "crash");
	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++)
		if (deaths[i].number == number) put_pair(&line, "signal", deaths[i].name);
	if (info->si_code > 0) put_pair(&line, "address", hex(text, (uintptr_t)info->si_addr));
	prctl(PR_GET_NAME, name);
	put_pair(&line, "thread", name);
	put_pair(&line, "tid", decimal(text, syscall(SYS_gettid)));
	end(&line);
}

static void tell_frame(int n, void *address)
{
	struct line line;
	char text[20];
	Dl_info at;
	begin(&line, "crash.frame");
	put_pair(&line, "n", decimal(text, n));
	if (dladdr(address, &at) && at.dli_fname) {
		const char *slash = strrchr(at.dli_fname, '/');
		put_pair(&line, "module", slash ? slash + 1 : at.dli_fname);
		put_pair(&line, "offset", hex(text, (uintptr_t)address - (uintptr_t)at.dli_fbase));
		if (at.dli_sname) put_pair(&line, "symbol", at.dli_sname);
	} else {
		put_pair(&line, "address", hex(text, (uintptr_t)address));
	}
	end(&line);
}

static void die_by(int number)
{
	const struct sigaction plain = {.sa_handler = SIG_DFL};
	sigaction(number, &plain, NULL);
}

/* The one that crashed first; 0: none. */
static atomic_long crashed_tid;

static void on_death(int number, siginfo_t *info, void *context)
{
	const int saved_errno = errno;
	const long own = syscall(SYS_gettid);
	long first = 0;
	void *frames[FRAMES_MAX];
	(void)context;
	if (!atomic_compare_exchange_strong(&crashed_tid, &first, own) && first != own)
		for (;;) pause();
	if (!first) {
		tell_signal(number, info);
		const int n = backtrace(frames, FRAMES_MAX);
		for (int i = 1; i < n; i++) tell_frame(i, frames[i]);
	}
	die_by(number);
	/* a fault comes again by itself, with the registers of the first time */
	if (info->si_code <= 0) syscall(SYS_tgkill, getpid(), own, number);
	errno = saved_errno;
}

/* ---- setting up */

void ts_crash_spare(sigset_t *set)
{
	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++)
		sigdelset(set, deaths[i].number);
}

void ts_crash_stack_take(struct ts_crash_stack *stack)
{
	stack->base = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stack->base == MAP_FAILED) stack->base = NULL;
	const stack_t own = {.ss_sp = stack->base, .ss_size = STACK_BYTES};
	if (stack->base) sigaltstack(&own, NULL);
}

void ts_crash_stack_drop(struct ts_crash_stack *stack)
{
	const stack_t none = {.ss_flags = SS_DISABLE};
	if (!stack->base) return;
	sigaltstack(&none, NULL);
	munmap(stack->base, STACK_BYTES);
	stack->base = NULL;
}

#ifdef TS_SANITIZES_MEMORY_USE
enum { IS_OURS = 0 };
#else
enum { IS_OURS = 1 };
#endif

void ts_crash_init(void)
{
	static struct ts_crash_stack of_main;
	struct sigaction action = {
		.sa_sigaction = on_death, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	void *frames[2];
	Dl_info at;
	if (!IS_OURS) return;
	/* the unwinder and the symbols of this module are loaded now */
	if (backtrace(frames, 2) > 0) dladdr(frames[0], &at);
	ts_crash_stack_take(&of_main);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++)
		sigaction(deaths[i].number, &action, NULL);
}
