/* thread - starts a thread as all of ours are: named, with every signal blocked (signals are for
 * main). */
#ifndef TS_BASE_THREAD_H
#define TS_BASE_THREAD_H

#include <pthread.h>

/* The name is cut to 15 bytes. TS_EIO: the system refused (logged). */
int ts_thread_start(pthread_t *out, const char *name, void *(*fn)(void *arg), void *arg);

#endif
