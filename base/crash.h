/* crash - says where the process crashed, in the log, before it dies as it would have anyway.
 *
 *   SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT
 *      -> the first thread writes a line of the signal, and one a frame of its stack
 *      -> default action: the same exit status, and a core where they are on
 *
 * Other threads that crash meanwhile wait for that end. What runs in the handler allocates nothing,
 * takes no lock of ours and writes by write(2) alone; what the unwinder needs is loaded before.
 * Frames are module and offset: `addr2line -fie build/tessera 0xOFFSET` has the line.
 * Thread  ts_crash_init: main, once. Threads of ts_thread_start have a stack for it of their own,
 *         so that an overflow of theirs is told as well.
 * Source  signal-safety(7), sigaltstack(2), backtrace(3).
 */
#ifndef TS_BASE_CRASH_H
#define TS_BASE_CRASH_H

#include <signal.h>

/* Not with AddressSanitizer or ThreadSanitizer, which say more. */
void ts_crash_init(void);
/* A stack for the handler, of the calling thread; without memory for it there is none. */
struct ts_crash_stack {
	void *base;
};
void ts_crash_stack_take(struct ts_crash_stack *stack);
void ts_crash_stack_drop(struct ts_crash_stack *stack); /* at the end of that thread */
/* Takes those signals out of a set that is to be blocked: a fault that is blocked ends the process
 * without a word. */
void ts_crash_spare(sigset_t *set);

#endif
