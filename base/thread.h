/* thread - starts a thread as all of ours are: named, with every signal blocked (signals are for
 * main) but those of crashes (crash.h); and the mutexes that such threads share.
 *
 * Source  POSIX pthread_mutexattr_setprotocol. */
#ifndef TS_BASE_THREAD_H
#define TS_BASE_THREAD_H

#include <pthread.h>

/* The name is cut to 15 bytes. TS_EIO: the system refused (logged); TS_ENOMEM. */
int ts_thread_start(pthread_t *out, const char *name, void *(*fn)(void *arg), void *arg);

/* A mutex that audio threads (SCHED_RR) share with others: who holds it has the priority of the
 * highest that waits for it, or a thread that the system does not run would hold up the sound of
 * all rooms. A usual one where the system has no such mutexes. */
void ts_mutex_init(pthread_mutex_t *mutex);

#endif
