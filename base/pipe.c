#include "base/pipe.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/ref.h"
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIRST_BYTES = 16 * 1024 };

struct ts_pipe {
	struct ts_ref ref;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t cap;

	/* under the lock; a ring of `size` bytes */
	uint8_t *bytes;
	size_t size, at, n;
	bool ended, closed;
};

int ts_pipe_create(struct ts_pipe **out, size_t cap)
{
	struct ts_pipe *p = calloc(1, sizeof *p);
	pthread_condattr_t monotonic;
	*out = p;
	if (!p) return TS_ENOMEM;
	ts_ref_init(&p->ref, 1);
	p->cap = cap;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return 0;
}

struct ts_pipe *ts_pipe_ref(struct ts_pipe *pipe)
{
	ts_ref_get(&pipe->ref);
	return pipe;
}

void ts_pipe_unref(struct ts_pipe **pipe)
{
	struct ts_pipe *p = *pipe;
	*pipe = NULL;
	if (!p || !ts_ref_put(&p->ref)) return;
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p->bytes);
	free(p);
}

/* Copies out of the ring without taking. */
static void peek(const struct ts_pipe *p, uint8_t *out, size_t n)
{
	const size_t first = n < p->size - p->at ? n : p->size - p->at;
	memcpy(out, p->bytes + p->at, first);
	if (n > first) memcpy(out + first, p->bytes, n - first);
}

static int grow(struct ts_pipe *p, size_t need)
{
	size_t size = p->size ? p->size : FIRST_BYTES;
	while (size < need) size *= 2;
	if (size > p->cap) size = p->cap;
	uint8_t *bytes = malloc(size);
	if (!bytes) return TS_ENOMEM;
	if (p->n) peek(p, bytes, p->n);
	free(p->bytes);
	p->bytes = bytes;
	p->size = size;
	p->at = 0;
	return 0;
}

static int append(struct ts_pipe *p, const uint8_t *bytes, size_t n)
{
	if (p->ended || p->closed) return TS_ECLOSED;
	if (n > p->cap - p->n) return TS_EFULL;
	if (!n) return 0;
	if (p->n + n > p->size && grow(p, p->n + n)) return TS_ENOMEM;
	const size_t end = (p->at + p->n) % p->size;
	const size_t first = n < p->size - end ? n : p->size - end;
	memcpy(p->bytes + end, bytes, first);
	if (n > first) memcpy(p->bytes, bytes + first, n - first);
	p->n += n;
	return 0;
}

int ts_pipe_write(struct ts_pipe *p, const void *bytes, size_t n)
{
	pthread_mutex_lock(&p->lock);
	const int err = append(p, bytes, n);
	if (!err) pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
	return err;
}

void ts_pipe_end(struct ts_pipe *p)
{
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

void ts_pipe_close(struct ts_pipe *p)
{
	pthread_mutex_lock(&p->lock);
	p->closed = true;
	p->n = 0;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

int ts_pipe_read(struct ts_pipe *p, void *out, size_t cap, int64_t until_ns)
{
	const struct timespec until = {until_ns / TS_NS_PER_S, until_ns % TS_NS_PER_S};
	pthread_mutex_lock(&p->lock);
	while (!p->n && !p->ended && !p->closed && ts_now_ns() < until_ns)
		pthread_cond_timedwait(&p->changed, &p->lock, &until);
	size_t n = p->n < cap ? p->n : cap;
	if (n > INT_MAX) n = INT_MAX;
	const bool over = !n && (p->ended || p->closed);
	if (n) {
		peek(p, out, n);
		p->at = (p->at + n) % p->size;
		p->n -= n;
	}
	pthread_mutex_unlock(&p->lock);
	return n ? (int)n : over ? 0 : TS_EAGAIN;
}
