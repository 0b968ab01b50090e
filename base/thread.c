#include "base/thread.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/log.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct start {
	void *(*fn)(void *arg);
	void *arg;
	char name[16];
};

static void *run(void *arg)
{
	struct start start = *(struct start *)arg;
	struct ts_crash_stack stack;
	free(arg);
	/* before anything of it can crash */
	pthread_setname_np(pthread_self(), start.name);
	ts_crash_stack_take(&stack);
	void *result = start.fn(start.arg);
	ts_crash_stack_drop(&stack);
	return result;
}

int ts_thread_start(pthread_t *out, const char *name, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, before;
	struct start *start = malloc(sizeof(*start));
	if (!start) return TS_ENOMEM;
	*start = (struct start){.fn = fn, .arg = arg};
	snprintf(start->name, sizeof(start->name), "%.15s", name);
	sigfillset(&all);
	ts_crash_spare(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int err = pthread_create(out, NULL, run, start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		free(start);
		ts_error("thread not started", "name=%s errno=%s", name, strerrorname_np(err));
		return TS_EIO;
	}
	char cut[16];
	snprintf(cut, sizeof(cut), "%.15s", name);
	pthread_setname_np(*out, cut);
	return 0;
}

void ts_mutex_init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	if (pthread_mutex_init(mutex, &attr)) pthread_mutex_init(mutex, NULL);
	pthread_mutexattr_destroy(&attr);
}
