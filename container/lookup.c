#include "container/lookup.h"

#include "base/ref.h"
#include "base/task.h"
#include "base/thread.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SLICE_MS = 100, HOST_CAP = 256, PORT_CAP = 8, THREADS_MAX = 32 };

static atomic_int threads; /* that look something up, given up or not */

/* Held by the thread and by who waits for it: the last of them frees it. */
struct lookup {
	struct ts_ref refs;
	int fd; /* readable: there is an answer */
	char host[HOST_CAP], port[PORT_CAP];
	_Atomic(struct addrinfo *) found;
};

static void put(struct lookup *l)
{
	if (!ts_ref_put(&l->refs)) return;
	struct addrinfo *found = atomic_load(&l->found);
	if (found) freeaddrinfo(found);
	close(l->fd);
	free(l);
}

static struct addrinfo *look_up(const char *host, const char *port, int flags)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
	struct addrinfo *found;
	return getaddrinfo(host, port, &hints, &found) ? NULL : found;
}

static void *work(void *arg)
{
	struct lookup *l = arg;
	atomic_store(&l->found, look_up(l->host, l->port, 0));
	atomic_fetch_sub(&threads, 1);
	eventfd_write(l->fd, 1);
	put(l);
	return NULL;
}

static struct lookup *start(const char *host, const char *port)
{
	pthread_t thread;
	struct lookup *l = atomic_fetch_add(&threads, 1) < THREADS_MAX ? calloc(1, sizeof *l)
								       : NULL;
	if (!l) {
		atomic_fetch_sub(&threads, 1);
		return NULL;
	}
	ts_ref_init(&l->refs, 1);
	l->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	snprintf(l->host, sizeof l->host, "%s", host);
	snprintf(l->port, sizeof l->port, "%s", port);
	ts_ref_get(&l->refs);
	if (l->fd < 0 || ts_thread_start(&thread, "lookup", work, l)) {
		atomic_fetch_sub(&threads, 1);
		ts_ref_put(&l->refs);
		put(l);
		return NULL;
	}
	pthread_detach(thread);
	return l;
}

struct addrinfo *ts_lookup(const char *host, const char *port, const AVIOInterruptCB *interrupt)
{
	struct addrinfo *found = look_up(host, port, AI_NUMERICHOST);
	if (found) return found;
	struct lookup *l = start(host, port);
	if (!l) return NULL;
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	while (!interrupt->callback(interrupt->opaque) && poll(&p, 1, SLICE_MS) <= 0) {}
	found = atomic_exchange(&l->found, NULL);
	put(l);
	return found;
}
